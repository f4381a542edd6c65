import type { Logger } from 'pino'
import { canonical } from '../../protocol/canonical.ts'
import type { SettingFault } from '../../protocol/configuration-check.ts'
import type { DesiredMessage } from '../../protocol/messages.ts'
import type { Line } from '../link/line.ts'
import type { Marks } from '../marks.ts'
import { configurationOf, type Document, faultsOf } from './document.ts'
import type { HealthLook } from './health.ts'
import { type ConfigurationRecord, type Refused, readRecord, type Trial, writeRecord } from './record.ts'
import { reportOf, sameRecord, withoutOlderRefused, withRefused } from './report.ts'
import { risksOf } from './risk.ts'
import type { ChangingSettings } from './settings.ts'
import { mostTries, type TrialTimes, trialTimes, watchTrial } from './trial.ts'

export interface ConfigurationParts {
  readonly marks: Marks
  readonly line: Line
  /** Milliseconds that only grow. */
  readonly monotonic: () => number
  readonly health: HealthLook
  /** What the parts of the agent run by. */
  readonly settings: ChangingSettings
  readonly logger: Logger
  readonly times?: TrialTimes
}

/**
 * The configuration that Kazan wants, as far as this terminal has it.
 *
 * INVARIANTS: a document is on the disk before anything runs by it; it holds whole or not at all; none older than the
 * newest that was accepted has an effect; the last good one is kept until a newer one has proved itself.
 */
export interface TerminalConfiguration {
  /** Takes up what holds. A document that the agent did not survive often enough makes way for the last good one. */
  start(): void
  /** Ends in good order: the trial of a document goes on with the next start. */
  stop(): Promise<void>
  /** A message that is proved to be the fleet's. Never throws. */
  desired(message: DesiredMessage): void
  /** Says what this agent has; sent again with each connection. */
  report(): void
}

/** The configuration of one terminal; nothing happens before `start`. */
export const createConfiguration = (parts: ConfigurationParts): TerminalConfiguration => {
  const { marks, line, monotonic, health, settings, logger, times = trialTimes } = parts
  let record: ConfigurationRecord = { accepted: 0 }
  let watching: { readonly abort: AbortController; readonly over: Promise<void> } | undefined
  let told = false
  /** Messages are taken one after another, in the order in which they came. */
  let taking: Promise<void> = Promise.resolve()
  const stopped = new AbortController()

  const keep = (next: ConfigurationRecord) => {
    if (!sameRecord(record, next)) writeRecord(marks, next)
    record = next
  }
  const report = () => {
    if (!line.isUp) return
    const { trial } = record
    line
      .send('reported', reportOf(record))
      .then(() => {
        // A word that was sent before the trial says nothing of it.
        if (trial && trial.version === record.trial?.version) told = true
      })
      .catch((error: unknown) => logger.debug({ error }, 'reported was not sent'))
  }
  const refuse = (
    before: ConfigurationRecord,
    document: Document,
    status: Refused['status'],
    errors: readonly SettingFault[],
  ) => {
    const { version } = document
    keep(withRefused(before, document, status, errors))
    logger.warn({ version, status, errors }, 'a configuration was refused')
  }
  const rollBack = (trial: Trial, why: string) => {
    const { trial: _, ...rest } = record
    const before = { ...rest, accepted: Math.max(rest.accepted, trial.version) }
    refuse(before, trial, 'rolledback', [{ path: '', text: why.slice(0, 300) }])
    settings.restore(configurationOf(rest.good))
    report()
  }
  const pass = ({ tries: _, worked: __, ...good }: Trial) => {
    const { trial: ___, ...rest } = record
    keep({ ...rest, good })
    logger.info({ version: good.version }, 'a configuration is applied')
    report()
  }
  const risksBy = (document: Document) => risksOf(configurationOf(record.good), configurationOf(document))
  const worseThan =
    ({ worked }: Trial) =>
    async (signal: AbortSignal) => {
      const inVain = settings.lasting().faults.map(({ path, text }) => `${path}: ${text}`)
      if (worked.length === 0) return inVain
      const { features } = settings.current()
      const off = (name: string) => (features as Readonly<Record<string, boolean>>)[name] === false
      const now = await health(signal)
      return [...inVain, ...worked.filter((name) => now[name] === false && !off(name))]
    }
  const watch = (trial: Trial) => {
    const abort = new AbortController()
    told = false
    const isLineAtRisk = risksBy(trial).has('line')
    const over = watchTrial(
      {
        ...{ times, monotonic, told: () => told, worse: worseThan(trial) },
        isExcused: () => !(line.isUp || isLineAtRisk),
        isSettled: () => settings.lasting().isOver,
        survived: () => keep({ ...record, trial: { ...trial, tries: 0 } }),
      },
      abort.signal,
    )
      .then((why) => {
        if (abort.signal.aborted) return
        if (why === undefined) pass(trial)
        else rollBack(trial, why)
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) logger.error({ error }, 'the trial of a configuration met a fault')
      })
    watching = { abort, over }
  }
  const unwatch = () => {
    watching?.abort.abort(new Error('The trial is over'))
    return watching?.over
  }

  /** Runs by a document that is on the disk as a trial. */
  const run = (trial: Trial, before: ConfigurationRecord): void => {
    const faults = settings.apply(configurationOf(trial))
    if (faults.length > 0) {
      refuse(before, trial, 'rejected', faults)
      return
    }
    keep({ ...record, accepted: Math.max(record.accepted, trial.version) })
    void unwatch()
    watch(trial)
  }
  /** What was well before the last good one is left, of all that a document can break. */
  const workedBefore = async (document: Document) => {
    if (record.trial && risksBy(record.trial).has('devices')) return record.trial.worked
    if (!risksBy(document).has('devices')) return []
    return Object.entries(await health(stopped.signal)).flatMap(([name, works]) => (works ? [name] : []))
  }
  const isNews = (version: number) => version > Math.max(record.accepted, record.trial?.version ?? 0)

  const take = async ({ version, hash, config }: DesiredMessage) => {
    // Late, doubled or replayed: the fleet hears once more what this terminal has.
    if (!isNews(version)) return
    const document = { version, hash, config }
    const faults = faultsOf(document)
    if (faults.length > 0) return refuse(record, document, 'rejected', faults)
    if (!record.trial && canonical(configurationOf(document)) === canonical(settings.current())) {
      return keep({ ...withoutOlderRefused(record, version), good: document, accepted: version })
    }
    const worked = await workedBefore(document)
    if (stopped.signal.aborted) return
    const former = record
    const trial = { ...document, tries: 1, worked }
    keep({ ...withoutOlderRefused(record, version), trial })
    run(trial, former)
  }

  return {
    report,
    start() {
      record = readRecord(marks, logger)
      const { good, trial, ...rest } = record
      settings.restore(configurationOf(good))
      if (!trial) return
      const before = { ...rest, ...(good ? { good } : {}) }
      if (trial.tries >= mostTries) {
        return rollBack(trial, `The agent ended ${trial.tries} times while it ran by it`)
      }
      const again = { ...trial, tries: trial.tries + 1 }
      keep({ ...record, trial: again })
      run(again, before)
    },
    async stop() {
      stopped.abort(new Error('The agent stops'))
      await taking
      await unwatch()
      const { trial } = record
      if (trial) keep({ ...record, trial: { ...trial, tries: Math.max(0, trial.tries - 1) } })
    },
    desired(message) {
      taking = taking
        .then(() => take(message))
        .then(report)
        .catch((error: unknown) => {
          if (!stopped.signal.aborted) {
            logger.error({ error }, 'a desired configuration could not be taken in')
          }
        })
    },
  }
}
