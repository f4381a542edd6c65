import type { Command as Program } from 'commander'
import type { Claim } from '../../api/identity-schemas.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { identityApi } from '../../web/identity-api.ts'
import type { Shell } from '../shell.ts'

interface CreateOptions {
  readonly village: string
  readonly serial?: string
  readonly depot?: true
}

/** A code in the two groups in which people read it out. */
const grouped = (code: string): string => `${code.slice(0, 5)}-${code.slice(5)}`

const states = {
  open: 'claim.open',
  used: 'claim.used',
  expired: 'claim.expired',
  locked: 'claim.locked',
  withdrawn: 'claim.withdrawn',
} as const

/** `avyl claim create|list|withdraw` */
export const addClaims = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const time = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' }).format(at)
  const line = ({ t }: Shell, claim: Claim): string =>
    [claim.id, claim.device, claim.village, t(states[claim.state], { time: time(claim.expiresAt) })].join(
      '\t',
    )
  const claims = program
    .command('claim')
    .summary('let new machines enrol as terminals')
    .description('A claim is a code with which one machine can enrol as one terminal, once, within 72 hours.')
  claims
    .command('create')
    .description('Make a claim. Its code is shown this once.')
    .argument('<terminal>', 'id of the terminal')
    .requiredOption('--village <name>', 'where it will stand')
    .option(
      '--serial <number>',
      "the machine's serial number; without it the first machine may use the claim",
    )
    .option(
      '--depot',
      'the machine was seen at the depot: with the right serial number it needs no acceptance',
    )
    .action(async (device: string, { village, serial, depot }: CreateOptions) => {
      const open = await shell()
      const wish = { device, village, ...(serial !== undefined && { serial }), ...(depot && { depot }) }
      const claim = await identityApi(open.api).createClaim(wish)
      const words = { code: grouped(claim.code), time: time(claim.expiresAt) }
      open.answer(claim, open.t('claim.created', words))
    })
  claims
    .command('list')
    .description('List the claims, the newest first, without their codes.')
    .action(async () => {
      const open = await shell()
      const all = await identityApi(open.api).claims()
      open.answer(all, all.map((claim) => line(open, claim)).join('\n'))
    })
  claims
    .command('withdraw')
    .description('Take back a claim that was not used yet.')
    .argument('<id>', 'id of a claim')
    .action(async (id: string) => {
      const open = await shell()
      await identityApi(open.api).withdrawClaim(id)
      open.answer({ id, withdrawn: true }, open.t('claim.was-withdrawn', { id }))
    })
}
