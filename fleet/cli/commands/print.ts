import { Option, type Command as Program } from 'commander'
import type { Duplex } from '../../../protocol/capabilities/printer.ts'
import type { ScanMode, ScanSource } from '../../../protocol/capabilities/scanner.ts'
import { outcomeText } from '../../web/expert/work-text.ts'
import { sendFile } from '../files.ts'
import { run } from '../run-command.ts'
import type { Shell } from '../shell.ts'
import { copiesOption, duplexOption, modeOption, sourceOption } from './options.ts'

interface PrintOptions {
  readonly copies?: number
  readonly duplex?: Duplex
  readonly pages?: string
  readonly grey?: true
}

interface CopyOptions {
  readonly source: ScanSource
  readonly copies?: number
  readonly mode?: ScanMode
  readonly duplex?: Duplex
}

const print = async (shell: Shell, terminal: string, file: string, options: PrintOptions): Promise<void> => {
  shell.progress.show(shell.t('print.preparing'))
  const document = await sendFile(shell, file)
  const { grey, ...rest } = options
  const input = { document: document.id, ...rest, ...(grey && { colour: false }) }
  const command = await run(shell, terminal, 'printer.print', input)
  shell.answer(command, outcomeText(shell.t, command))
}

const copy = async (shell: Shell, terminal: string, options: CopyOptions): Promise<void> => {
  const command = await run(shell, terminal, 'copier.copy', options)
  shell.answer(command, outcomeText(shell.t, command))
}

/** `avyl print <terminal> <file>` and `avyl copy <terminal>` */
export const addPrint = (program: Program, shell: () => Promise<Shell>): void => {
  program
    .command('print')
    .summary('print a file on a terminal')
    .description('Print a PDF, JPEG or PNG file.')
    .argument('<terminal>', 'id of a terminal')
    .argument('<file>', 'PDF, JPEG or PNG')
    .addOption(copiesOption())
    .addOption(duplexOption())
    .addOption(new Option('--pages <ranges>', 'as in 1-3,5; all when left out'))
    .option('--grey', 'print without colour')
    .action(async (terminal: string, file: string, options: PrintOptions) =>
      print(await shell(), terminal, file, options),
    )
  program
    .command('copy')
    .summary('copy on a terminal')
    .description('Scan the glass or the feeder and print it at once; the pages stay on the terminal.')
    .argument('<terminal>', 'id of a terminal')
    .addOption(sourceOption())
    .addOption(copiesOption())
    .addOption(modeOption())
    .addOption(duplexOption())
    .action(async (terminal: string, options: CopyOptions) => copy(await shell(), terminal, options))
}
