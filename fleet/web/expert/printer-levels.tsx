import type { Supply, Tray } from '../../../protocol/capabilities/printer.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { reasonText } from '../i18n/faults.ts'
import type { Translate } from '../i18n/texts.ts'
import { supplyText } from './supply-text.ts'
import { complaints } from './terminal-state.ts'

const SupplyRow = ({ supply, t }: { supply: Supply; t: Translate }) => {
  const name = supplyText(t, supply)
  const text =
    supply.level === null
      ? t('printer.level.unknown')
      : t('printer.percent', { level: Math.round(supply.level) })
  return (
    <li class="row">
      <span class="small name" title={supply.name}>
        {name}
      </span>
      {supply.level === null ? (
        <span class="grow" />
      ) : (
        <meter
          class="grow"
          min={0}
          max={100}
          low={15}
          value={supply.level}
          aria-label={t('printer.supply', { name })}
        />
      )}
      <span class="small number">{text}</span>
    </li>
  )
}

const TrayRow = ({ tray: { name, level, capacity }, t }: { tray: Tray; t: Translate }) => {
  const known =
    level === null
      ? undefined
      : capacity === null
        ? t('printer.sheets.some', { level })
        : t('printer.sheets', { level, capacity })
  return (
    <li class="row">
      <span class="small name" title={name}>
        {t('printer.tray', { name })}
      </span>
      <span class="grow" />
      <span class="small number">{known ?? t('printer.level.unknown')}</span>
    </li>
  )
}

/** What a printer complains of, its toner and its trays. */
export const PrinterLevels = ({ report, t }: { report: CapabilityReport; t: Translate }) => {
  const { printer } = report
  if (printer === undefined) return null
  return (
    <ul>
      {complaints(printer.reasons, report.ok).map(({ reason, severity }) => (
        <li key={reason}>
          <span class={`state ${severity === 'error' ? 'bad' : 'warn'}`}>{reasonText(t, reason)}</span>
        </li>
      ))}
      {printer.supplies.map((supply) => (
        <SupplyRow key={`${supply.name} ${supply.type}`} supply={supply} t={t} />
      ))}
      {printer.trays.map((tray) => (
        <TrayRow key={tray.name} tray={tray} t={t} />
      ))}
    </ul>
  )
}
