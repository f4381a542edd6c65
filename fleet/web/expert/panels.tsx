import { useEffect } from 'preact/hooks'
import type { CommandDefaults } from '../../api/configuration-schemas.ts'
import type { Terminal } from '../../api/schemas.ts'
import { useExpert } from './context.ts'
import { PrintPanel } from './print-panel.tsx'
import { PrinterCard } from './printer-card.tsx'
import { ScanPanel } from './scan-panel.tsx'

/** What the chosen terminal's devices can be asked for. */
export const Panels = ({ terminal }: { terminal: Terminal }) => {
  const { t, state, api, dispatch } = useExpert()
  useEffect(() => {
    if (state.link !== 'live') return
    const know = (defaults: CommandDefaults) =>
      dispatch({ type: 'defaults', terminal: terminal.id, defaults })
    // Without them the page offers what is usual, and says it with each command.
    api.commandDefaults(terminal.id).then(know, () => undefined)
  }, [terminal.id, state.link])
  return (
    <aside aria-label={t('devices')} tabIndex={-1} data-region>
      <ScanPanel terminal={terminal} />
      <PrintPanel terminal={terminal} />
      <PrinterCard terminal={terminal} />
    </aside>
  )
}
