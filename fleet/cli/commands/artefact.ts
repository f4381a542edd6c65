import { InvalidArgumentError, type Command as Program } from 'commander'
import type { Artefact, Composition } from '../../api/schemas.ts'
import { bringFile, checkPlace, sendFile } from '../files.ts'
import type { Shell } from '../shell.ts'

type ComposedPage = Composition['pages'][number]

const line = ({ id, kind, mediaType, bytes, pages }: Artefact): string =>
  [id, kind, mediaType, `${bytes} B`, ...(pages === undefined ? [] : [`${pages} p.`])].join('\t')

const page = (text: string, before: readonly ComposedPage[] = []): readonly ComposedPage[] => {
  const [artefact = '', turn] = text.split(':')
  const rotate = ([0, 90, 180, 270] as const).find((angle) => angle === Number(turn ?? 0))
  if (rotate === undefined) throw new InvalidArgumentError('A page is turned by 0, 90, 180 or 270.')
  return [...before, { artefact, rotate }]
}

/** `avyl artefact get|erase|list` and `avyl document compose|send` */
export const addArtefacts = (program: Program, shell: () => Promise<Shell>): void => {
  const artefact = program
    .command('artefact')
    .summary('bring, list or erase files of the fleet')
    .description('Files that commands made or used.')
  artefact
    .command('get')
    .description('Bring a file.')
    .argument('<id>', 'id of an artefact')
    .option('--preview', 'its small picture')
    .option('--out <file>', 'where it goes, - for standard output; default: its id and kind')
    .action(async (id: string, { out, preview }: { out?: string; preview?: true }) => {
      const open = await shell()
      const file = await bringFile(open, id, out, preview && 'preview')
      if (file !== '-') open.answer({ id, file }, open.t('cli.saved', { file }))
    })
  artefact
    .command('erase')
    .description('Erase a file for good.')
    .argument('<id>', 'id of an artefact')
    .action(async (id: string) => {
      const open = await shell()
      await open.api.erase(id)
      open.answer({ id, erased: true }, open.t('cli.erased', { id }))
    })
  artefact
    .command('list')
    .description('List the files of one command.')
    .argument('<command>', 'id of a command')
    .action(async (command: string) => {
      const open = await shell()
      const list = await open.api.artefactsOf(command)
      open.answer(list, list.map(line).join('\n'))
    })

  const document = program
    .command('document')
    .summary('make one PDF of scanned pages, or send a file')
    .description('Documents that can be printed or kept.')
  document
    .command('compose')
    .description('Make one PDF of scanned pages.')
    .argument('<page...>', 'ids of pages in their order; id:90 turns one clockwise', page)
    .option('--searchable', 'add a text layer')
    .option('--out <file>', 'also bring the PDF into a file, - for standard output')
    .action(async (pages: ComposedPage[], { out, searchable }: { out?: string; searchable?: true }) => {
      if (out !== undefined) await checkPlace(out)
      const open = await shell()
      open.progress.show(open.t('save.running'))
      const made = await open.api.compose({ pages, ...(searchable && { searchable }) })
      open.progress.clear()
      const file = out === undefined ? undefined : await bringFile(open, made.id, out)
      if (file === '-') return
      const saved = file === undefined ? [] : [open.t('cli.saved', { file })]
      open.answer({ ...made, ...(file !== undefined && { file }) }, [line(made), ...saved].join('\n'))
    })
  document
    .command('send')
    .description('Send a PDF, JPEG or PNG to the fleet, to be printed later.')
    .argument('<file>', 'PDF, JPEG or PNG')
    .action(async (file: string) => {
      const open = await shell()
      const sent = await sendFile(open, file)
      open.answer(sent, line(sent))
    })
}
