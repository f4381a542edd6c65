import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../protocol/errors.ts'
import { type Backoff, createBackoff } from '../link/backoff.ts'
import type { Line } from '../link/line.ts'
import type { Entry, Journal, Outcome } from './journal.ts'
import type { ProgressReports } from './progress.ts'

/** The files that a command kept, as its final report waits for them. */
export interface KeptArtefacts {
  /** Ids of what this command kept. */
  keptBy(command: string): readonly string[]
  /** The scanned pages among them, in their order. */
  pagesOf(command: string): readonly ScannedPage[]
  /** See `Artefacts.delivered`; throws `CommandError` when a file is lost for good. */
  delivered(ids: readonly string[], signal: AbortSignal): Promise<void>
}

/** The journal is the outbox of outcomes: they are sent until the fleet acknowledged them, after the command's files. */
export interface OutcomeReports {
  /** Sends a stored outcome once the files are delivered and `reports` are out; then does `acts`. */
  report(id: string, outcome: Outcome, reports?: ProgressReports, acts?: readonly (() => void)[]): void
  /** Answers a repeated id at once. */
  repeat(entry: Entry): void
  /** Waits a moment for what is on its way, then gives it up; it stays in the journal. */
  stop(): Promise<void>
}

/** How long what a command left for afterwards waits for a line that is down, in milliseconds. */
const patienceMs = 10_000
/** How long the last reports may take when the agent stops, in milliseconds. */
const partingMs = 1500

export const createOutcomeReports = (parts: {
  readonly journal: Journal
  readonly line: Line
  readonly artefacts: KeptArtefacts
  readonly logger: Logger
  /** The waits between two tries to send one. */
  readonly backoff?: () => Backoff
}): OutcomeReports => {
  const { journal, line, artefacts, logger } = parts
  const { backoff: backoffOf = () => createBackoff({ cap: 300_000 }) } = parts
  const stopped = new AbortController()
  const { signal } = stopped
  const pending = new Map<string, Promise<void>>()

  const afterDelivery = async (id: string, outcome: Outcome): Promise<Outcome> => {
    try {
      await artefacts.delivered(artefacts.keptBy(id), signal)
      return outcome
    } catch (thrown) {
      if (!(thrown instanceof CommandError) || outcome.state !== 'succeeded') {
        signal.throwIfAborted()
        return outcome
      }
      return { state: 'failed', error: thrown.toBody() }
    }
  }
  const send = async (id: string, outcome: Outcome) => {
    const backoff = backoffOf()
    for (;;) {
      await line.up(signal)
      try {
        return await line.send('commandReport', { id, ...outcome })
      } catch (error) {
        logger.debug({ command: id, error }, 'an outcome was not acknowledged')
        await backoff.wait(signal)
      }
    }
  }
  const deliver = async (id: string, outcome: Outcome, reports?: ProgressReports) => {
    await reports?.close(signal)
    await send(id, await afterDelivery(id, outcome))
    journal.reported(id)
  }
  const perform = async (delivery: Promise<void>, acts: readonly (() => void)[]) => {
    if (acts.length === 0) return
    await Promise.race([delivery.catch(() => {}), sleep(patienceMs, undefined, { ref: false })])
    for (const act of acts) act()
  }

  return {
    report(id, outcome, reports, acts = []) {
      const delivery = deliver(id, outcome, reports)
      void perform(delivery, acts)
      const settled = delivery
        .catch((error: unknown) => {
          if (!signal.aborted) logger.error({ command: id, error }, 'an outcome could not be reported')
        })
        .finally(() => pending.delete(id))
      pending.set(id, settled)
    },
    repeat({ id, outcome }) {
      if (!line.isUp) return
      const body =
        outcome && !pending.has(id)
          ? { id, ...outcome, repeated: true }
          : { id, state: 'running' as const, progress: { step: 'uploading' as const }, repeated: true }
      line.send('commandReport', body).catch((error: unknown) => {
        logger.debug({ command: id, error }, 'the outcome of a repeated command was not sent')
      })
    },
    async stop() {
      const settled = Promise.all(pending.values())
      const patience = new AbortController()
      if (line.isUp) await Promise.race([settled, sleep(partingMs, undefined, patience)])
      patience.abort()
      stopped.abort(new Error('The agent stops'))
      await settled
    },
  }
}
