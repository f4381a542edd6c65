import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SimulatorChild, startChild } from './child.ts'
import { createDocumentWait } from './document-wait.ts'
import { freePort } from './free-port.ts'
import { createPrinterJobs, type PrinterBehaviour } from './printer-jobs.ts'
import { startPrivateBus } from './private-bus.ts'
import type { ReceivedJob } from './received-job.ts'

/** An `ippeveprinter` with a bus of its own. */
export interface SimulatedPrinter {
  /** `ipp://localhost:…/ipp/print`; keeps its port over a restart. */
  readonly uri: string
  /** Every job since the start, in order; a job cancelled before its first side is not among them. */
  readonly jobs: readonly ReceivedJob[]
  /** Resolves to the n-th job (counted from 1) once its document is kept. */
  received(n: number): Promise<ReceivedJob>
  /** Resolves once an idle printer shows it too. */
  behave(change: Partial<PrinterBehaviour>): Promise<void>
  /** Sets the level of every supply in percent, in the order the printer lists them; below 10 one is low. */
  setSupplies(levels: readonly number[]): Promise<void>
  /** Puts this many sheets into the trays: with 0 a job waits for paper, with more it goes on. */
  setSheets(sheets: number): Promise<void>
  /** Ends the printer with its job and starts it again, idle and without faults. */
  restart(): Promise<void>
  /** Ends the printer and all that it started. */
  stop(): Promise<void>
}

/** What a simulated printer is. */
export interface PrinterOptions {
  /** Keeps every received document as `<prefix><job-id>.<extension>`. */
  readonly folder: string
  readonly name: string
  readonly prefix?: string
  readonly vendor?: string
  readonly model?: string
  /** PDF, JPEG and PWG raster unless given. */
  readonly formats?: readonly string[]
  /** True unless given. */
  readonly colour?: boolean
  /** True unless given. */
  readonly duplex?: boolean
  readonly behaviour?: Partial<PrinterBehaviour>
  /** How long a job may wait for its document, in milliseconds; a minute unless given. */
  readonly documentWaitMs?: number
  readonly onJob?: (job: ReceivedJob) => void
}

/** Starts a printer that can be reached from this machine only. Everything it writes but the documents is private. */
export const startPrinter = async (options: PrinterOptions): Promise<SimulatedPrinter> => {
  await mkdir(options.folder, { recursive: true })
  const home = await mkdtemp(join(tmpdir(), 'avyl-printer-'))
  const jobs = createPrinterJobs({
    folder: options.folder,
    prefix: options.prefix ?? '',
    behaviour: options.behaviour ?? {},
    onJob: options.onJob ?? (() => undefined),
  })
  let bus: Awaited<ReturnType<typeof startPrivateBus>> | undefined
  let printer: SimulatorChild | undefined
  let port = 0
  const uri = () => `ipp://localhost:${port}/ipp/print`
  const documentWait = createDocumentWait(uri, options.documentWaitMs ?? 60_000)

  const stop = async (): Promise<void> => {
    documentWait.reset()
    await printer?.stop()
    await bus?.child.stop()
    await jobs.close()
    await rm(home, { recursive: true, force: true })
  }

  const form = async (query: string): Promise<void> => {
    const answer = await fetch(`http://localhost:${port}/${query}`, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
  }

  // Every tray must hold paper before ippeveprinter takes its media-empty back; it has two or three.
  const setSheets = (sheets: number): Promise<void> =>
    form(
      `media?${[1, 2, 3]
        .map((tray) => `size${tray}=iso_a4_210x297mm&type${tray}=stationery&level${tray}=${sheets}`)
        .join('&')}`,
    )

  const begin = async (address: string): Promise<void> => {
    let ready = (): void => undefined
    const started = new Promise<void>((resolve) => {
      ready = resolve
    })
    printer = startChild('ippeveprinter', printerArguments(options, home, port), {
      cwd: home,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        TMPDIR: home,
        DBUS_SYSTEM_BUS_ADDRESS: address,
        AVYL_PRINTER_SOCKET: join(home, 'jobs'),
      },
      onLine: (line) => {
        if (line.startsWith('printer-uuid=')) ready()
        documentWait.hear(line)
        if (/ (Print-Job|Send-Document) successful-ok$/.test(line)) jobs.arrive()
        // The printer does not tell its command that the job is cancelled; its log does.
        if (line.endsWith(' Cancel-Job successful-ok')) jobs.cancel()
      },
    })
    const ended = once(printer.process, 'exit').then(() => {
      throw new Error('ippeveprinter ended at once')
    })
    await Promise.race([started, ended])
    ended.catch(() => undefined)
    await setSheets(250)
  }

  try {
    await mkdir(join(home, 'spool'))
    await writeCommand(home)
    await jobs.listen(join(home, 'jobs'))
    bus = await startPrivateBus(home)
    const { address } = bus
    await withFreePort((free) => {
      port = free
      return begin(address)
    })
    return {
      uri: uri(),
      jobs: jobs.all,
      received: (n) => jobs.received(n),
      async behave(change) {
        const emptied = jobs.raised.has('media-empty')
        jobs.behave(change)
        // A printer that its last job left without paper takes no job into the paper path before it is filled.
        if (emptied && !jobs.active && change.faults?.includes('media-empty') === false) await setSheets(250)
      },
      setSupplies: (levels) =>
        form(`supplies?${levels.map((level, index) => `supply${index}=${level}`).join('&')}`),
      setSheets,
      async restart() {
        await printer?.stop()
        jobs.reset()
        documentWait.reset()
        await begin(address)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Another program may take a free port before the printer does: then another one is tried. */
const withFreePort = async (begin: (port: number) => Promise<void>): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await begin(await freePort())
      return
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

const printerArguments = (options: PrinterOptions, home: string, port: number): string[] => [
  '-v',
  ...['-p', String(port), '-n', 'localhost', '-r', 'off'],
  ...['-d', join(home, 'spool'), '-K', home, '-c', join(home, 'print-command.mjs')],
  ...['-f', (options.formats ?? ['application/pdf', 'image/jpeg', 'image/pwg-raster']).join(',')],
  ...['-s', options.colour === false ? '40' : '18,6'],
  ...(options.duplex === false ? [] : ['-2']),
  ...['-M', options.vendor ?? 'Avyl', '-m', options.model ?? 'Simulated printer'],
  options.name,
]

/** The printer starts one executable a job: this one, run by the Node that runs the simulator. */
const writeCommand = async (home: string): Promise<void> => {
  const file = join(home, 'print-command.mjs')
  const command = new URL('./print-command.ts', import.meta.url).href
  await writeFile(file, `#!${process.execPath}\nimport ${JSON.stringify(command)}\n`)
  await chmod(file, 0o700)
}
