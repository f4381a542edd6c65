import { complaints, timeText } from '../expert/terminal-state.ts'
import { reasonText } from '../i18n/faults.ts'
import { useOps } from './context.ts'
import { shareText } from './moments.ts'
import { need, type Row, target } from './rows.ts'
import { isOpsTextKey, type OpsTranslate } from './texts.ts'
import { Told } from './told.tsx'

/** The name of a capability. */
export const capabilityText = (t: OpsTranslate, name: string): string => {
  const key = `ops.capability.${name}`
  return isOpsTextKey(key) ? t(key) : name
}

/** How a terminal is: a shape, a word and a colour. */
export const StateSign = ({ row }: { readonly row: Row }) => {
  const { t } = useOps()
  return <span class={`state ${row.tone}`}>{t(`terminal.state.${row.terminal.state}`)}</span>
}

/** Since when it is so. */
export const Since = ({ row }: { readonly row: Row }) => {
  const { language } = useOps()
  const at = row.terminal.since
  return (
    <time class="number" dateTime={new Date(at).toISOString()}>
      {timeText(at, language)}
    </time>
  )
}

const order = ['scanner', 'printer', 'copier', 'camera', 'screen', 'terminal']
const place = (name: string): number => (order.indexOf(name) + order.length + 1) % (order.length + 1)

const grade = (share: number): string => (share >= target ? 'good' : share >= 0.9 ? 'warn' : 'bad')

/** Yesterday's share of each function, as small bars whose filling is the share. */
export const Bars = ({ row }: { readonly row: Row }) => {
  const { t, language } = useOps()
  const shares = Object.entries(row.shares)
    .filter(([name]) => name !== 'all' && name !== 'presence')
    .toSorted(([a], [b]) => place(a) - place(b))
  if (shares.length === 0) return <span class="small">{t('ops.bars.none')}</span>
  const words = shares.map(([name, share]) => `${capabilityText(t, name)} ${shareText(share, language)}`)
  return (
    <span class="bars" role="img" aria-label={words.join(', ')} title={words.join('\n')}>
      {shares.map(([name, share]) => {
        const key = `ops.bar.${name}`
        return (
          <i key={name} class={grade(share)}>
            {isOpsTextKey(key) ? t(key) : [...name][0]?.toUpperCase()}
            <b style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }} />
          </i>
        )
      })}
    </span>
  )
}

/** What is wrong with a terminal, in words: the first that holds of why, what, and for how long unseen. */
export const reasonsOf = (row: Row, t: OpsTranslate, share: (share: number) => string): readonly string[] => {
  const printer = row.terminal.capabilities.printer
  const worst =
    row.tone === 'bad' ? undefined : complaints(printer?.printer?.reasons ?? [], printer?.ok ?? true)[0]
  const silent =
    row.silent === undefined
      ? []
      : [
          row.silent.since === undefined
            ? t('ops.morning.silent-ever')
            : t('ops.morning.silent-days', { days: Math.round(row.silent.days) }),
        ]
  return [
    ...(row.reason === undefined ? [] : [t(`ops.downtime.reason.${row.reason}`)]),
    ...(worst === undefined ? [] : [reasonText(t, worst.reason)]),
    ...(row.detail === undefined || row.tone === 'bad' ? [] : [row.detail]),
    ...silent,
    ...(need(row) === 2 ? [t('ops.morning.missed', { share: share(row.shares.all ?? 1) })] : []),
  ]
}

/** Why a terminal stands where it stands, the rest of it under the pointer. */
export const Reason = ({ row }: { readonly row: Row }) => {
  const { t, language } = useOps()
  const [first, ...rest] = reasonsOf(row, t, (share) => shareText(share, language))
  if (first === undefined) return <span class="small">—</span>
  return (
    <>
      <Told text={first} class="first" />
      {rest.length > 0 && <Told text={rest.join(' · ')} class="small second" />}
    </>
  )
}
