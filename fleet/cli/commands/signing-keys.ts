import { Option, type Command as Program } from 'commander'
import type { SigningKeyNews } from '../../api/schemas.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

const states = {
  announced: 'signing.announced',
  signing: 'signing.signing',
  retired: 'signing.retired',
} as const

const line = ({ t }: Shell, language: Language, { id, state, signsFrom }: SigningKeyNews): string => {
  const form = { dateStyle: 'medium', timeStyle: 'short' } as const
  const time = new Intl.DateTimeFormat(locales[language], form).format(signsFrom)
  return `${id}\t${t(states[state], { time })}`
}

/** `avyl signing-keys list|rotate|revoke` */
export const addSigningKeys = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const keys = program
    .command('signing-keys')
    .summary('see, change or take back the keys with which the fleet signs')
    .description('Terminals do only what is signed with one of these keys.')
  keys
    .command('list')
    .description('List the keys, the newest first.')
    .action(async () => {
      const open = await shell()
      const list = await open.api.signingKeys()
      open.answer(list, list.map((key) => line(open, language, key)).join('\n'))
    })
  keys
    .command('rotate')
    .description('Announce a new key. It signs after a while, so that every terminal knows it by then.')
    .addOption(
      new Option('--after <minutes>', 'when it signs; default: 240').argParser(whole(0, 7 * 24 * 60)),
    )
    .action(async ({ after }: { after?: number }) => {
      const open = await shell()
      const key = await open.api.rotateSigningKey(after === undefined ? {} : { afterMs: after * 60_000 })
      open.answer(key, line(open, language, key))
    })
  keys
    .command('revoke')
    .description('Take a key back at once, since somebody else may have it. Another one signs from now on.')
    .argument('<id>', 'id of a key')
    .action(async (id: string) => {
      const open = await shell()
      await open.api.revokeSigningKey(id)
      open.answer({ id, revoked: true }, open.t('signing.revoked', { id }))
    })
}
