import { setTimeout as sleep } from 'node:timers/promises'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { CommandReport, Progress } from '../../protocol/messages.ts'
import type { Line, Unstamped } from '../link/line.ts'

/** Tells the fleet how far one command is, at a pace that a thin line carries. */
export interface ProgressReports {
  /** The command was entered in the journal. Merged with what follows soon. */
  received(): void
  /** The command waits for its device. */
  waiting(): void
  /** The command runs. Merged with what follows soon. */
  running(): void
  progress(progress: Progress): void
  /** The last word said, `received` or `running`. */
  readonly state: 'received' | 'running'
  /** No more is merged in; resolves when every finished page was sent. Rejects with the signal's reason. */
  close(signal: AbortSignal): Promise<void>
}

/** At most four reports a second. */
const paceMs = 250
/** How long `received` and `running` wait: a command that is over by then needs no word but its outcome. */
const companyMs = 30
/** How often a line that is down is looked at. */
const downMs = 1000

type Report = Unstamped<'commandReport'>

/**
 * Reports of one command. INVARIANT: a progress that names a finished page is neither merged with another one nor
 * dropped; every other progress gives way to the next. `finished` are pages of an earlier run, of which the fleet may
 * not have heard: it counts each page once.
 */
export const createProgressReports = (
  id: string,
  line: Line,
  refused: (thrown: unknown) => void,
  finished: readonly ScannedPage[] = [],
): ProgressReports => {
  let state: CommandReport['state'] & ('received' | 'running') = 'received'
  let latest: Report | undefined
  const pages: Report[] = finished.map((page, index) => ({
    ...{ id, state: 'running' },
    progress: { step: 'scanning', page: index + 1, finished: page },
  }))
  let lastSent = -paceMs
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> | undefined
  let closed = false

  const send = async (report: Report, again: () => void) => {
    lastSent = performance.now()
    try {
      await line.send('commandReport', report)
    } catch (thrown) {
      again()
      refused(thrown)
      throw thrown
    }
  }
  const drain = async () => {
    for (let page = pages.shift(); page; page = pages.shift()) {
      const report = page
      await send(report, () => pages.unshift(report))
    }
    if (closed || !latest || performance.now() < lastSent + paceMs) return
    const report = latest
    latest = undefined
    await send(report, () => {
      latest ??= report
    })
  }
  const pump = () => {
    timer = undefined
    if (sending) return
    if (!line.isUp) {
      later(downMs)
      return
    }
    let pause = 0
    sending = drain()
      .catch(() => {
        pause = paceMs
      })
      .finally(() => {
        sending = undefined
        if (!closed && (pages.length > 0 || latest)) later(pause)
      })
  }
  const later = (leastMs: number) => {
    const wait = Math.max(leastMs, pages.length > 0 ? 0 : lastSent + paceMs - performance.now())
    if (wait === 0) {
      clearTimeout(timer)
      pump()
    } else timer ??= setTimeout(pump, wait)
  }

  return {
    get state() {
      return state
    },
    received() {
      latest = { id, state }
      later(companyMs)
    },
    waiting() {
      latest = { id, state, progress: { step: 'waiting' } }
      later(companyMs)
    },
    running() {
      state = 'running'
      latest = { id, state }
      later(companyMs)
    },
    progress(progress) {
      if (closed) return
      state = 'running'
      const report: Report = { id, state, progress }
      if (progress.finished) pages.push(report)
      else latest = report
      later(0)
    },
    async close(signal) {
      closed = true
      latest = undefined
      clearTimeout(timer)
      await sending
      while (pages.length > 0) {
        await line.up(signal)
        // A connection that is going down still counts as up for a moment, and refuses at once: only a real wait lets
        // the loop come to its end.
        await drain().catch(() => sleep(paceMs, undefined, { signal }).catch(() => signal.throwIfAborted()))
      }
    },
  }
}
