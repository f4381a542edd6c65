import type { Command as Program } from 'commander'
import type { TerminalIdentity } from '../../api/identity-schemas.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { identityApi } from '../../web/identity-api.ts'
import type { Shell } from '../shell.ts'

const admissions = {
  pending: 'identity.pending',
  accepted: 'identity.accepted',
  quarantined: 'identity.quarantined',
  revoked: 'identity.revoked',
} as const

/** The words of a reason that the fleet itself gives; what a person wrote is told as it is. */
const reasons = {
  'used-twice': 'identity.used-twice',
  'run-came-back': 'identity.run-came-back',
  'old-certificate': 'identity.old-certificate',
  replaced: 'identity.replaced',
} as const

/** `avyl terminal identity|accept|revoke|release` */
export const addTerminalIdentity = (
  program: Program,
  shell: () => Promise<Shell>,
  language: Language,
): void => {
  const date = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium' }).format(at)

  const words = ({ t }: Shell, identity: TerminalIdentity): string => {
    const { admission, reason, serial, fingerprint, certificate, replaces } = identity
    const why =
      reason !== undefined && Object.hasOwn(reasons, reason) && reasons[reason as keyof typeof reasons]
    return [
      `${identity.terminal}\t${t(admissions[admission])}`,
      ...(why ? [t(why)] : []),
      ...(fingerprint === undefined ? [] : [`${t('identity.fingerprint')}: ${fingerprint}`]),
      ...(serial === undefined ? [] : [`${t('identity.serial')}: ${serial}`]),
      ...(certificate ? [t('identity.certificate', { time: date(certificate.expiresAt) })] : []),
      ...(replaces ? [t('identity.replaces', { serial: replaces.serial ?? '–' })] : []),
    ].join('\n')
  }
  const terminal = program
    .command('terminal')
    .summary('say which machines may work as terminals')
    .description('See who a terminal is; accept, shut out or let in again the machine behind it.')
  const add = (
    name: string,
    description: string,
    act: (open: Shell, id: string, options: { fingerprint?: string }) => Promise<TerminalIdentity>,
  ) =>
    terminal
      .command(name)
      .description(description)
      .argument('<terminal>', 'id of a terminal')
      .action(async (id: string, options: { fingerprint?: string }) => {
        const open = await shell()
        const identity = await act(open, id, options)
        open.answer(identity, words(open, identity))
      })

  add('identity', 'Tell whether it may work, its key and its certificate.', (open, id) =>
    identityApi(open.api).identity(id),
  )
  add(
    'accept',
    'Let a machine work that waits for it. The machine it replaces is shut out.',
    (open, id, { fingerprint }) => identityApi(open.api).accept(id, fingerprint),
  ).option('--fingerprint <digits>', 'accept only the machine whose screen shows these digits')
  add('revoke', 'Shut it out for good, at once: lost, stolen or given away.', (open, id) =>
    identityApi(open.api).revoke(id),
  )
  add('release', 'Let it work again after a quarantine.', (open, id) => identityApi(open.api).release(id))
}
