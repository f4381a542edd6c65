import type { Logger } from 'pino'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { Lane } from '../../protocol/command-spec.ts'
import { specOf } from '../../protocol/commands.ts'
import { CommandError } from '../../protocol/errors.ts'
import type { CancelMessage, CommandMessage } from '../../protocol/messages.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Clock } from '../link/clock.ts'
import type { Line } from '../link/line.ts'
import { type Entry, interrupted, type Journal, type Outcome } from './journal.ts'
import { createLanes } from './lanes.ts'
import { createOutcomeReports, type KeptArtefacts } from './outcomes.ts'
import { parseRequest } from './parse.ts'
import { createProgressReports, type ProgressReports } from './progress.ts'
import { type Bench, type Capabilities, outcomeOf, type Run, run } from './run.ts'

/** What the dispatch of commands needs. */
export interface DispatchParts {
  readonly capabilities: Capabilities
  readonly journal: Journal
  readonly clock: Clock
  readonly line: Line
  readonly artefacts: KeptArtefacts
  /** The waits between two tries to report an outcome. */
  readonly backoff?: () => Backoff
  readonly logger: Logger
  /** How long a stopped command may take to come to its end, in milliseconds. */
  readonly graceMs?: number
  /** Commands that were issued before this (fleet's clock) may have run already: the journal of then is lost. */
  readonly blindBefore?: () => number
  /** A command begins, or takes its turn. */
  readonly began?: () => void
  /** A command that ran has its outcome. */
  readonly ended?: (outcome: Outcome) => void
}

/** From a message that is proved to be the fleet's to exactly one final report. Nothing here throws. */
export interface Dispatch {
  /** Gives an outcome to what a crash interrupted, and reports what the fleet does not know yet. */
  start(): void
  /** Stops what runs, waits for it a moment; outcomes that could not be reported stay in the journal. */
  stop(): Promise<void>
  command(message: CommandMessage): void
  cancel(message: CancelMessage): void
  /** How many commands run or wait. */
  readonly active: number
  /** Whether a command runs, or waits, that holds this lane. */
  uses(lane: Lane): boolean
}

interface Active {
  readonly lanes: readonly Lane[]
  readonly run: Run
  readonly reports: ProgressReports
}

/** More than the fleet ever has open for one terminal. */
const maxActive = 64

/** The dispatch of one terminal's commands. */
export const createDispatch = (parts: DispatchParts): Dispatch => {
  const {
    capabilities,
    journal,
    clock,
    line,
    artefacts,
    backoff,
    logger,
    graceMs = 5000,
    blindBefore = () => 0,
    began,
    ended,
  } = parts
  const bench: Bench = { capabilities, journal, clock, graceMs, lanes: createLanes() }
  const active = new Map<string, Active>()
  let stopping = false
  const outcomes = createOutcomeReports({
    ...{ journal, line, artefacts, logger },
    ...(backoff ? { backoff } : {}),
  })

  const reportsOf = (id: string, finished: readonly ScannedPage[] = []) =>
    createProgressReports(
      id,
      line,
      (error) => logger.debug({ command: id, error }, 'a report was not sent'),
      finished,
    )

  const finish = (
    command: Pick<Entry, 'id' | 'name'>,
    outcome: Outcome,
    reports?: ProgressReports,
    acts: (() => void)[] = [],
  ) => {
    const standing = journal.finish(command, outcome)
    if (standing) outcomes.report(command.id, standing, reports, acts)
  }

  const answerAgain = (entry: Entry) => {
    const { id, name, phase, outcome } = entry
    const now = active.get(id)
    // A full disk did not take its outcome: nothing goes on with it, and the fleet waits for one.
    if (!now && !outcome) return finish(entry, interrupted(name, phase === 'begun'))
    if (!now) return outcomes.repeat(entry)
    if (!line.isUp) return
    line.send('commandReport', { id, state: now.reports.state, repeated: true }).catch((error: unknown) => {
      logger.debug({ id, error }, 'the state of a repeated command was not sent')
    })
  }

  const begin = (message: CommandMessage) => {
    const { id } = message
    const name = parseRequest(message)
    if (message.expiresAt <= journal.forgottenUntil) {
      throw new CommandError('expired', 'The command is from before the terminal forgot its earlier ones')
    }
    if (message.issuedAt < blindBefore() && specOf(name).effect === 'once') {
      throw new CommandError('unknown-outcome', 'The terminal lost its record of earlier commands')
    }
    if (active.size >= maxActive) throw new CommandError('busy', 'Too many commands run on this terminal')
    const reports = reportsOf(id)
    const acts: (() => void)[] = []
    reports.received()
    const running = run(
      name,
      message,
      bench,
      reports,
      (act) => acts.push(act),
      (error) => logger.error({ command: id, name, error }, 'a command met an unexpected fault'),
    )
    active.set(id, { run: running, reports, lanes: specOf(name).lanes })
    began?.()
    void running.outcome.then((outcome) => {
      active.delete(id)
      finish(message, outcome, reports, acts)
      // Behind the report, which leaves in this turn of the loop: a log line is written at once and takes its time.
      const { state, error } = outcome
      setImmediate(() => logger.info({ command: id, name, state, code: error?.code }, 'command ended'))
      ended?.(outcome)
    })
  }

  const receive = (message: CommandMessage) => {
    if (stopping) return
    clock.saw(message.ts)
    const entry = journal.receive(message)
    if (entry) return answerAgain(entry)
    try {
      begin(message)
    } catch (thrown) {
      finish(message, outcomeOf(thrown, 'rejected'))
    }
  }

  const stopCommand = (id: string) => {
    const now = active.get(id)
    if (now) return now.run.stop(new CommandError('cancelled', 'The command was cancelled'))
    const entry = journal.find(id)
    if (entry) answerAgain(entry)
  }

  const guarded = (what: string, act: () => void) => {
    try {
      act()
    } catch (error) {
      logger.error({ error }, what)
    }
  }

  return {
    start() {
      for (const { id, name, outcome } of journal.recover()) {
        logger.warn({ command: id, name, state: outcome?.state }, 'a command was interrupted')
      }
      for (const { id, outcome } of journal.unreported()) {
        if (outcome) outcomes.report(id, outcome, reportsOf(id, artefacts.pagesOf(id)))
      }
    },
    async stop() {
      // What comes from now on is left to the next run: the fleet sends it again.
      stopping = true
      const reason = new CommandError('cancelled', 'The terminal goes down', { retryable: true })
      for (const { run } of active.values()) run.stop(reason)
      await Promise.all([...active.values()].map(({ run }) => run.outcome))
      await outcomes.stop()
    },
    command: (message) => guarded('a command could not be entered', () => receive(message)),
    cancel: ({ id }) => guarded('a command could not be cancelled', () => stopCommand(id)),
    get active() {
      return active.size
    },
    uses: (lane) => [...active.values()].some(({ lanes }) => lanes.includes(lane)),
  }
}
