import type { Command as Program } from 'commander'
import type { Terminal } from '../../api/schemas.ts'
import { printerSign, scannerSign, terminalSign } from '../../web/expert/terminal-state.ts'
import type { Language } from '../../web/i18n/texts.ts'
import type { Shell } from '../shell.ts'

const line = ({ t }: Shell, language: Language, terminal: Terminal): string =>
  `${terminal.id}\t${terminal.village}\t${terminalSign(terminal, language, t).text}`

const details = (shell: Shell, language: Language, terminal: Terminal): string => {
  const { t } = shell
  const scanner = terminal.capabilities.scanner?.scanner
  const printer = terminal.capabilities.printer?.printer
  const sources = (scanner?.sources ?? []).map(
    ({ source, dpi, modes, width, height }) =>
      `  ${source}: ${modes.join(', ')}; ${dpi.join(', ')} dpi; ${width} × ${height} mm`,
  )
  return [
    line(shell, language, terminal),
    `${t('scan')}: ${scannerSign(terminal, t).text} ${scanner ? `(${scanner.vendor} ${scanner.model})` : ''}`,
    ...sources,
    `${t('printer')}: ${printerSign(terminal, t).text} ${printer ? `(${printer.makeAndModel})` : ''}`,
  ].join('\n')
}

/** `avyl terminals [id]` */
export const addTerminals = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  program
    .command('terminals')
    .summary('list the terminals and how they are')
    .description('List all terminals, or tell what one of them is and can do.')
    .argument('[terminal]', 'id of a terminal')
    .action(async (id: string | undefined) => {
      const open = await shell()
      if (id === undefined) {
        const all = await open.api.terminals()
        open.answer(all, all.map((terminal) => line(open, language, terminal)).join('\n'))
      } else {
        const terminal = await open.api.terminal(id)
        open.answer(terminal, details(open, language, terminal))
      }
    })
}
