import { extname } from 'node:path'
import { Option, type Command as Program } from 'commander'
import type {
  ScanArea,
  ScanFormat,
  ScanInput,
  ScanMode,
  ScanOutput,
  ScanSource,
} from '../../../protocol/capabilities/scanner.ts'
import type { Command } from '../../api/schemas.ts'
import { outcomeText } from '../../web/expert/work-text.ts'
import { bringFile, checkPlace, numbered } from '../files.ts'
import { NotBrought, run } from '../run-command.ts'
import type { Shell } from '../shell.ts'
import { area, modeOption, sourceOption, whole } from './options.ts'

interface ScanOptions {
  readonly source: ScanSource
  readonly dpi?: number
  readonly mode?: ScanMode
  readonly format?: ScanFormat
  readonly area?: ScanArea
  readonly clean?: boolean
  readonly out?: string
}

const formats: Readonly<Record<string, ScanFormat>> = {
  '.pdf': 'pdf',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.tif': 'tiff',
  '.tiff': 'tiff',
}

const bring = async (shell: Shell, command: Command, out: string): Promise<string[]> => {
  const { pages, document } = command.result as ScanOutput
  const files: string[] = []
  try {
    if (document !== undefined) files.push(await bringFile(shell, document, out))
    else {
      // Of a PDF that grew too large the pages alone are there, as JPEG.
      const name = out.replace(/\.pdf$/i, '.jpg')
      for (const [at, page] of pages.entries()) {
        files.push(await bringFile(shell, page.artefact, numbered(name, at + 1, pages.length)))
      }
    }
  } catch (fault) {
    throw new NotBrought(command, `${outcomeText(shell.t, command)}\navyl artefact list ${command.id}`, fault)
  }
  return files
}

const scan = async (shell: Shell, terminal: string, options: ScanOptions): Promise<void> => {
  const { out, format = formats[extname(out ?? '').toLowerCase()], ...given } = options
  const input: ScanInput = { ...given, ...(format !== undefined && { format }) }
  if (out !== undefined) await checkPlace(out)
  const command = await run(shell, terminal, 'scanner.scan', input)
  const files = out === undefined ? [] : await bring(shell, command, out)
  if (out === '-') return
  const saved = files.map((file) => shell.t('cli.saved', { file }))
  shell.answer(
    { ...command, ...(files.length > 0 && { files }) },
    [outcomeText(shell.t, command), ...saved].join('\n'),
  )
}

/** `avyl scan <terminal>` */
export const addScan = (program: Program, shell: () => Promise<Shell>): void => {
  program
    .command('scan')
    .summary('scan on a terminal')
    .description(
      "Scan the glass or every page in the feeder, and bring the result into a file. What is not given is as the terminal's configuration has it.",
    )
    .argument('<terminal>', 'id of a terminal')
    .addOption(sourceOption())
    .addOption(new Option('--dpi <n>', 'dots per inch, 75 to 600').argParser(whole(75, 600)))
    .addOption(modeOption())
    .addOption(
      new Option('--format <format>', 'default: by the ending of --out').choices([
        'pdf',
        'jpeg',
        'png',
        'tiff',
      ]),
    )
    .addOption(new Option('--area <x,y,width,height>', 'a part of the glass, in millimetres').argParser(area))
    .option('--clean', 'straighten, crop and raise the contrast')
    .option('--no-clean', 'leave the pages as they were scanned')
    .option(
      '--out <file>',
      'where the result goes, - for standard output; pages of an image format are numbered',
    )
    .action(async (terminal: string, options: ScanOptions) => scan(await shell(), terminal, options))
}
