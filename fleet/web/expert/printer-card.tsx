import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { PrinterLevels } from './printer-levels.tsx'

/** The printer's complaints, toner and trays. */
export const PrinterCard = ({ terminal }: { terminal: Terminal }) => {
  const { t } = useExpert()
  const report = terminal.capabilities.printer
  if (report?.printer === undefined) return null
  return (
    <section class="card panel printer" aria-labelledby="printer-title">
      <h2 id="printer-title">
        {t('printer')} <span class="small">{report.printer.makeAndModel}</span>
      </h2>
      <PrinterLevels report={report} t={t} />
    </section>
  )
}
