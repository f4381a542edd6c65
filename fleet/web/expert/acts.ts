import type { CopyInput } from '../../../protocol/capabilities/copier.ts'
import type { PrinterDescription, PrintInput } from '../../../protocol/capabilities/printer.ts'
import type { CommandInput, CommandName } from '../../../protocol/commands.ts'
import type { Composition } from '../../api/schemas.ts'
import { type Api, ApiProblem, type Session } from '../api.ts'
import { printChoiceOf, scanChoiceOf } from './choices.ts'
import { nameOfDocument } from './document-name.ts'
import { offer } from './download.ts'
import { forget } from './memory.ts'
import { type CopyChoice, deskOf, newDesk, type PrintChoice, type Work, type WorkKind } from './state.ts'
import type { Store } from './store.ts'

/** What the expert can have done; each answers on the page at once and is corrected by what the fleet says. */
export interface Acts {
  /** Somebody has signed in; whoever owes something first goes to the page of the account. */
  readonly enter: (session: Session) => void
  /** Ends the session and leaves nothing of it here. Throws `ApiProblem` where the session goes on. */
  readonly signOut: () => Promise<void>
  readonly scan: (terminal: string) => Promise<void>
  readonly print: (terminal: string) => Promise<void>
  readonly copy: (terminal: string) => Promise<void>
  readonly save: (terminal: string, searchable: boolean) => Promise<void>
  readonly cancel: (terminal: string, work: Work) => Promise<void>
  readonly chooseFile: (terminal: string, file: File) => void
}

interface Request<N extends CommandName = CommandName> {
  readonly name: N
  readonly input: CommandInput<N>
}

const againAfterMs = [500, 1500, 4000]
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** `crypto.randomUUID` is missing where the page comes over plain HTTP from another host. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )

const codeOf = (problem: unknown) => (problem instanceof ApiProblem ? problem.code : 'internal')

/** Only what this printer can be asked for. */
const printInput = (
  document: string,
  { copies, duplex, range, colour }: PrintChoice,
  printer: PrinterDescription | undefined,
): PrintInput => {
  const pages = range.replaceAll(' ', '')
  return {
    document,
    copies,
    ...(printer?.duplex === true && { duplex }),
    ...(printer?.colour === true && { colour }),
    ...(pages && { pages }),
  }
}

const copyInput = (
  { source, copies, mode, duplex }: CopyChoice,
  printer: PrinterDescription | undefined,
): CopyInput => ({ source, copies, mode, ...(printer?.duplex === true && { duplex }) })

const mediaTypeOf = (file: File): string => file.type || 'application/octet-stream'

export const createActs = (api: Api, store: Store): Acts => {
  const files = new Map<string, File>()

  const workOf = (terminal: string, key: string): Work | undefined =>
    deskOf(store.state(), terminal).works.find((work) => work.key === key)

  const begin = (terminal: string, kind: WorkKind, stage: Work['stage']): string => {
    const key = newKey()
    store.dispatch({ type: 'work-begun', terminal, work: { key, kind, stage, cancelling: false } })
    return key
  }
  const refuse = (terminal: string, key: string, problem: unknown): void => {
    const code = codeOf(problem)
    if (code === 'not-signed-in') store.dispatch({ type: 'session', session: null })
    store.dispatch({ type: 'work-refused', terminal, key, problem: code })
  }

  /** Asks again while the fleet does not answer; the key keeps a second request from being a second command. */
  const ask = async (terminal: string, key: string, request: Request): Promise<string> => {
    for (const delay of [...againAfterMs, undefined]) {
      try {
        return (await api.start(terminal, { ...request, idempotencyKey: key })).id
      } catch (problem) {
        if (delay === undefined || codeOf(problem) !== 'unreachable') throw problem
        await wait(delay)
      }
    }
    throw new ApiProblem('unreachable', 'The server does not answer')
  }

  const run = async (
    terminal: string,
    kind: WorkKind,
    stage: 'preparing' | 'asking',
    prepare: () => Promise<Request>,
  ): Promise<void> => {
    const key = begin(terminal, kind, stage)
    try {
      const request = await prepare()
      if (workOf(terminal, key)?.cancelling !== false) {
        store.dispatch({ type: 'work-dismissed', terminal, key })
        return
      }
      store.dispatch({ type: 'work', terminal, key, change: { stage: 'asking' } })
      const command = await ask(terminal, key, request)
      store.dispatch({ type: 'work', terminal, key, change: { stage: 'asked', command } })
      if (workOf(terminal, key)?.cancelling) await api.cancel(command)
      store.dispatch({ type: 'command', command: await api.command(command) })
    } catch (problem) {
      if (workOf(terminal, key)?.stage !== 'asked') refuse(terminal, key, problem)
    }
  }

  const composition = (terminal: string): Composition => ({
    pages: deskOf(store.state(), terminal).pages.list.map(({ artefact, rotate }) => ({ artefact, rotate })),
  })

  return {
    enter: (session) => {
      if (session.owes == null) store.dispatch({ type: 'session', session })
      else location.replace('./account.html')
    },
    signOut: async () => {
      await api.signOut()
      files.clear()
      store.dispatch({ type: 'restored', desks: {}, chosen: undefined })
      store.dispatch({ type: 'session', session: null })
      forget()
    },
    scan: (terminal) =>
      run(terminal, 'scan', 'asking', async () => {
        const { cleanUp, ...scan } = scanChoiceOf(store.state(), terminal)
        const format = scan.mode === 'blackwhite' ? 'png' : 'jpeg'
        const clean = cleanUp === 'straighten' ? {} : { clean: cleanUp === 'full' }
        return { name: 'scanner.scan', input: { ...scan, ...clean, format } }
      }),
    copy: (terminal) =>
      run(terminal, 'copy', 'asking', async () => ({
        name: 'copier.copy',
        input: copyInput(
          deskOf(store.state(), terminal).copy,
          store.state().terminals?.[terminal]?.capabilities.printer?.printer,
        ),
      })),
    print: (terminal) =>
      run(terminal, 'print', 'preparing', async () => {
        const print = printChoiceOf(store.state(), terminal)
        const file = files.get(terminal)
        const document =
          print.from === 'file' && file !== undefined
            ? await api.upload(file, mediaTypeOf(file))
            : await api.compose(composition(terminal))
        const printer = store.state().terminals?.[terminal]?.capabilities.printer?.printer
        return { name: 'printer.print', input: printInput(document.id, print, printer) }
      }),
    save: async (terminal, searchable) => {
      const key = begin(terminal, 'save', 'preparing')
      try {
        const { id } = await api.compose({ ...composition(terminal), ...(searchable && { searchable }) })
        if (workOf(terminal, key)?.cancelling !== false) {
          store.dispatch({ type: 'work-dismissed', terminal, key })
          return
        }
        store.dispatch({ type: 'work', terminal, key, change: { stage: 'saved', document: id } })
        offer(api.artefactUrl(id), nameOfDocument(store.state().terminals?.[terminal]?.village))
      } catch (problem) {
        refuse(terminal, key, problem)
      }
    },
    cancel: async (terminal, { key, command }) => {
      store.dispatch({ type: 'work', terminal, key, change: { cancelling: true } })
      if (command === undefined) return
      await api.cancel(command).catch(() => {
        store.dispatch({ type: 'work', terminal, key, change: { cancelling: false } })
      })
    },
    chooseFile: (terminal, file) => {
      files.set(terminal, file)
      const { name, size } = file
      const { range } = newDesk.print
      store.dispatch({
        type: 'print-choice',
        terminal,
        choice: { from: 'file', file: { name, size }, range },
      })
    },
  }
}
