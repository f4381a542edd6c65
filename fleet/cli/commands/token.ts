import { Option, type Command as Program } from 'commander'
import type { TokenEntry, TokenRequest } from '../../api/people-schemas.ts'
import { type Permission, permissions } from '../../auth/permissions.ts'
import { createPeopleApi } from '../../web/people-api.ts'
import type { Shell } from '../shell.ts'
import { list, roleOption, villageOption, whole } from './options.ts'

interface Created {
  readonly role: TokenRequest['role']
  readonly scope?: string[]
  readonly village?: string[]
  readonly days?: number
}

const day = (at: number | null): string => (at === null ? '–' : new Date(at).toISOString().slice(0, 10))

const line = ({ t }: Shell, { name, role, scopes, villages, expiresAt, lastUsedAt }: TokenEntry): string =>
  [
    name,
    role,
    scopes?.join(', ') ?? '*',
    villages?.join(', ') ?? t('people.all-villages'),
    day(expiresAt),
    day(lastUsedAt),
  ].join('\t')

const dayMs = 86_400_000

/** `avyl token create|list|revoke` */
export const addTokens = (program: Program, shell: () => Promise<Shell>): void => {
  const token = program
    .command('token')
    .summary('look after the tokens of programs')
    .description('Look after the tokens by which programs come in.')

  token
    .command('list')
    .description('List all tokens: name, role, scopes, villages, end, last use.')
    .action(async () => {
      const open = await shell()
      const all = await createPeopleApi(open.api).tokens()
      open.answer(all, all.map((one) => line(open, one)).join('\n') || open.t('people.none'))
    })

  token
    .command('create')
    .description('Make a token; it is shown this once.')
    .argument('<name>', 'small letters, figures and dashes')
    .addOption(roleOption().makeOptionMandatory())
    .addOption(
      new Option('--scope <permission...>', 'what of the role it may do, all of it when absent').argParser(
        list(Object.keys(permissions)),
      ),
    )
    .addOption(villageOption())
    .option('--days <n>', 'how long it lives, without end when absent', whole(1, 1830))
    .action(async (name: string, { role, scope, village, days }: Created) => {
      const open = await shell()
      const made = await createPeopleApi(open.api).addToken({
        name,
        role,
        ...(scope && { scopes: scope as Permission[] }),
        ...(village && { villages: village }),
        ...(days !== undefined && { expiresInMs: days * dayMs }),
      })
      open.answer(made, `${line(open, made)}\n${open.t('people.token')}\n${made.token}`)
    })

  token
    .command('revoke')
    .description('End a token, at once.')
    .argument('<name>', 'name of a token')
    .action(async (name: string) => {
      const open = await shell()
      await createPeopleApi(open.api).revokeToken(name)
      open.answer({ name }, open.t('people.done'))
    })
}
