import type { Supply, Tray } from '../../../protocol/capabilities/printer.ts'
import type { Terminal } from '../../api/schemas.ts'
import { reasonText } from '../i18n/faults.ts'
import { useExpert } from './context.ts'
import { supplyText } from './supply-text.ts'
import { complaints } from './terminal-state.ts'

const SupplyRow = ({ supply }: { supply: Supply }) => {
  const { t } = useExpert()
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

const TrayRow = ({ tray: { name, level, capacity } }: { tray: Tray }) => {
  const { t } = useExpert()
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

/** The printer's complaints, toner and trays. */
export const PrinterCard = ({ terminal }: { terminal: Terminal }) => {
  const { t } = useExpert()
  const report = terminal.capabilities.printer
  const printer = report?.printer
  if (printer === undefined) return null
  return (
    <section class="card panel printer" aria-labelledby="printer-title">
      <h2 id="printer-title">
        {t('printer')} <span class="small">{printer.makeAndModel}</span>
      </h2>
      <ul>
        {complaints(printer.reasons, report?.ok).map(({ reason, severity }) => (
          <li key={reason}>
            <span class={`state ${severity === 'error' ? 'bad' : 'warn'}`}>{reasonText(t, reason)}</span>
          </li>
        ))}
        {printer.supplies.map((supply) => (
          <SupplyRow key={`${supply.name} ${supply.type}`} supply={supply} />
        ))}
        {printer.trays.map((tray) => (
          <TrayRow key={tray.name} tray={tray} />
        ))}
      </ul>
    </section>
  )
}
