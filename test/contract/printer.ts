import { EventEmitter, once } from 'node:events'
import { Value } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobStatus, PrintDriver, PrintJob } from '../../agent/capabilities/printer/driver.ts'
import { PrinterDescription } from '../../protocol/capabilities/printer.ts'
import { CommandError, type ErrorCode } from '../../protocol/errors.ts'

/** What a test does to a printer: `faults` are `printer-state-reasons` for which it stands still. */
export interface PrinterTreatment {
  readonly faults?: readonly string[]
  readonly sidesBeforeFault?: number
  /** Whether a fault ends the job instead of holding it. */
  readonly aborts?: boolean
  readonly sideMs?: number
}

/** A printer that a test has for itself, with a document of three pages that it can print. */
export interface OpenPrinter {
  readonly driver: PrintDriver
  readonly document: Pick<PrintJob, 'file' | 'mediaType'>
  treat(treatment: PrinterTreatment): Promise<void>
  /** How many jobs have reached the paper path. */
  printed(): number
  /** Takes the printer away. */
  remove(): Promise<void>
  close(): Promise<void>
}

/** A kind of printer that must keep the contract of `PrintDriver`. */
export interface PrinterUnderContract {
  /** As in «a network printer». */
  readonly name: string
  open(): Promise<OpenPrinter>
}

const never = (): AbortSignal => new AbortController().signal
const job = { name: 'Avyl', copies: 1, duplex: 'none', ranges: [], colour: true } as const

/** One run of a job: what was seen of it, in order. */
const startJob = (printer: OpenPrinter, change: Partial<PrintJob> = {}, signal = never()) => {
  const seen: JobStatus[] = []
  const changes = new EventEmitter()
  let accepted = 0
  const watch = (status: JobStatus): void => {
    seen.push(status)
    changes.emit('status')
  }
  const accept = async (): Promise<void> => {
    accepted++
  }
  const ended = printer.driver.print({ ...job, ...printer.document, ...change }, signal, watch, accept)
  ended.catch(() => undefined)
  return {
    ended,
    seen,
    accepted: () => accepted,
    /** Resolves once the job has been seen so. */
    async until(condition: (status: JobStatus) => boolean): Promise<void> {
      while (!seen.some(condition)) await once(changes, 'status')
    },
  }
}

const complains = (reason: string) => (status: JobStatus) =>
  status.reasons.some((other) => other.reason === reason)

const codeOf = async (attempt: Promise<unknown>): Promise<ErrorCode | undefined> => {
  try {
    await attempt
  } catch (error) {
    assert.instance(error, CommandError)
    return (error as CommandError).code
  }
  return undefined
}

/** The tests that every print driver passes, its fake too. */
export const printerContract = (under: PrinterUnderContract): void => {
  const contract = suite<{ printer: OpenPrinter }>(`${under.name} keeps the contract of a print driver:`)

  contract.before(async (context) => {
    context.printer = await under.open()
  })
  contract.before.each(async ({ printer }) => {
    await printer.treat({ faults: [], sidesBeforeFault: 0, aborts: false, sideMs: 10 })
  })
  contract.after(({ printer }) => printer.close())

  contract('it describes itself within the schema', async ({ printer }) => {
    const description = await printer.driver.describe(never())
    assert.ok(Value.Check(PrinterDescription, description))
    assert.ok(description.formats.includes(printer.document.mediaType))
    assert.is(description.state, 'idle')
  })

  contract('it prints every side and tells of it', async ({ printer }) => {
    const before = printer.printed()
    const run = startJob(printer)
    const status = await run.ended
    assert.is(status.state, 'completed')
    assert.is(status.impressions, 3)
    assert.is(run.accepted(), 1)
    assert.is(printer.printed(), before + 1)
    assert.equal(run.seen.at(-1), status)
    const impressions = run.seen.map((seen) => seen.impressions)
    assert.equal(
      impressions,
      [...impressions].sort((a, b) => a - b),
    )
  })

  contract('it prints copies of some pages', async ({ printer }) => {
    const status = await startJob(printer, {
      copies: 2,
      ranges: [
        [1, 1],
        [3, 3],
      ],
    }).ended
    assert.is(status.impressions, 4)
  })

  contract('it asks before the effect begins, and begins none when that fails', async ({ printer }) => {
    const before = printer.printed()
    const refused = new CommandError('cancelled', 'Stopped before it began')
    const attempt = printer.driver.print(
      { ...job, ...printer.document },
      never(),
      () => undefined,
      async () => {
        assert.is(printer.printed(), before)
        throw refused
      },
    )
    assert.is(await attempt.catch((error: unknown) => error), refused)
    assert.is((await startJob(printer).ended).state, 'completed')
    assert.is(printer.printed(), before + 1)
  })

  contract('it waits while it prints another job', async ({ printer }) => {
    await printer.treat({ faults: ['media-empty'] })
    const first = startJob(printer)
    await first.until(complains('media-empty'))
    const second = startJob(printer)
    await second.until((status) => status.job === 0 && status.state === 'pending')
    assert.is(second.accepted(), 0)
    await printer.treat({ faults: [] })
    const ended = await Promise.all([first.ended, second.ended])
    assert.ok(ended[1].job > ended[0].job)
  })

  contract('it shows what is missing and goes on once that is mended', async ({ printer }) => {
    await printer.treat({ faults: ['media-empty'], sidesBeforeFault: 1 })
    const run = startJob(printer)
    await run.until((status) => complains('media-empty')(status) && status.impressions === 1)
    await printer.treat({ faults: [] })
    assert.is((await run.ended).impressions, 3)
  })

  const causes: readonly (readonly [string, ErrorCode])[] = [
    ['media-jam', 'jam'],
    ['media-empty', 'no-paper'],
    ['media-needed', 'no-paper'],
    ['cover-open', 'cover-open'],
    ['toner-empty', 'supply-empty'],
    ['marker-supply-empty', 'supply-empty'],
    ['other', 'device-fault'],
  ]
  for (const [fault, code] of causes) {
    contract(`a job that ${fault} ends fails as ${code}`, async ({ printer }) => {
      await printer.treat({ faults: [fault], sidesBeforeFault: 1, aborts: true })
      assert.is(await codeOf(startJob(printer).ended), code)
    })
  }

  contract('a job that is stopped is cancelled in the printer', async ({ printer }) => {
    await printer.treat({ faults: ['media-jam'] })
    const stop = new AbortController()
    const run = startJob(printer, {}, stop.signal)
    await run.until(complains('media-jam'))
    const reason = new CommandError('cancelled', 'Stopped')
    stop.abort(reason)
    assert.is(await run.ended.catch((error: unknown) => error), reason)
    await printer.treat({ faults: [] })
    assert.is((await startJob(printer).ended).state, 'completed')
  })

  contract('at the deadline it says why it stands still', async ({ printer }) => {
    await printer.treat({ faults: ['media-empty'] })
    const late = new CommandError('timeout', 'Too late')
    const stop = new AbortController()
    const run = startJob(printer, {}, stop.signal)
    await run.until(complains('media-empty'))
    const waitingStop = new AbortController()
    const waiting = startJob(printer, {}, waitingStop.signal)
    await waiting.until((status) => status.job === 0)
    waitingStop.abort(late)
    assert.ok(['no-paper', 'busy'].includes((await codeOf(waiting.ended)) ?? ''))
    stop.abort(late)
    assert.is(await codeOf(run.ended), 'no-paper')
    await printer.treat({ faults: [] })
  })

  contract('it does not begin what is stopped already', async ({ printer }) => {
    const before = printer.printed()
    const reason = new CommandError('cancelled', 'Stopped')
    const run = startJob(printer, {}, AbortSignal.abort(reason))
    assert.is(await run.ended.catch((error: unknown) => error), reason)
    assert.is(run.accepted(), 0)
    assert.is(printer.printed(), before)
  })

  contract('it refuses a format that it does not list', async ({ printer }) => {
    const run = startJob(printer, { mediaType: 'image/png' })
    assert.is(await codeOf(run.ended), 'unsupported')
    assert.is(run.accepted(), 0)
  })

  contract('it is absent when it does not answer', async ({ printer }) => {
    await printer.remove()
    assert.is(await codeOf(printer.driver.describe(never())), 'device-absent')
    const run = startJob(printer)
    assert.is(await codeOf(run.ended), 'device-absent')
    assert.is(run.accepted(), 0)
  })

  contract.run()
}
