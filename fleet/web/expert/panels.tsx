import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { PrintPanel } from './print-panel.tsx'
import { PrinterCard } from './printer-card.tsx'
import { ScanPanel } from './scan-panel.tsx'

/** What the chosen terminal's devices can be asked for. */
export const Panels = ({ terminal }: { terminal: Terminal }) => {
  const { t } = useExpert()
  return (
    <aside aria-label={t('devices')} tabIndex={-1} data-region>
      <ScanPanel terminal={terminal} />
      <PrintPanel terminal={terminal} />
      <PrinterCard terminal={terminal} />
    </aside>
  )
}
