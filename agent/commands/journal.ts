import { type CommandName, isCommandName, specOf } from '../../protocol/commands.ts'
import { CommandError, type CommandErrorBody } from '../../protocol/errors.ts'
import type { FinalState } from '../../protocol/messages.ts'
import type { Database } from '../database.ts'

/*
 * INVARIANTS: exactly once, or honestly unknown.
 * 1. A command is in the journal before anything is done for it; an id that is in the journal never runs again.
 * 2. `begin` is on the disk before the first effect of a command of `effect: once`.
 * 3. An outcome is stored before it is reported, and stored once: the first one stands.
 * 4. After a crash every command without an outcome gets one from `recover`: `unknown` when its effect had begun,
 *    otherwise failed and safe to send again. None is run again by the agent itself: whoever asked may be gone.
 * 5. An id is forgotten only after its outcome was acknowledged and it has expired; until then the id would be
 *    taken for a new one, from then on it is answered `expired` without an effect. The latest expiry that was forgotten
 *    is kept, so that this holds whatever the clock says after a new start.
 * A received command is flushed by the next flushed write (see Database.unflushed), at the latest by its own `begin`
 * or by the first artefact it keeps. So a power cut can only lose a command that had no effect and no page; the fleet
 * sends it again.
 */

/** How a command ended. */
export interface Outcome {
  readonly state: FinalState
  readonly result?: unknown
  readonly error?: CommandErrorBody
}

/** How far a command came. */
export type Phase = 'received' | 'begun' | 'done' | 'reported'

/** What the journal knows of a command. */
export interface Entry {
  readonly id: string
  readonly name: string
  readonly phase: Phase
  /** There from phase `done` on. */
  readonly outcome?: Outcome
}

/** What the terminal remembers of commands. All methods return when it is written. */
export interface Journal {
  /** Enters a command; gives the entry that was there already, and then changes nothing. */
  receive(command: {
    readonly id: string
    readonly name: string
    readonly expiresAt: number
  }): Entry | undefined
  /** Flushes that the effect begins now. */
  begin(id: string): void
  /** Stores the outcome, unless there is one; gives the one that stands. */
  finish(command: Pick<Entry, 'id' | 'name'>, outcome: Outcome): Outcome | undefined
  /** The fleet has the outcome. */
  reported(id: string): void
  find(id: string): Entry | undefined
  /** Gives an outcome to every command that a crash left without one. Called once, before the first `receive`. */
  recover(): readonly Entry[]
  /** Commands whose outcome the fleet does not have, oldest first. */
  unreported(): readonly Entry[]
  /** What expired until then (fleet's clock, in milliseconds) may have been here and be forgotten. */
  readonly forgottenUntil: number
}

const keptCommands = 1000
const keptMs = 7 * 24 * 3_600_000

const effectOf = (name: string) => (isCommandName(name) ? specOf(name as CommandName).effect : 'none')

/** The outcome of a command that the end of the process interrupted. */
export const interrupted = (name: string, begun: boolean): Outcome => {
  if (begun) {
    const text = 'The terminal stopped while the command had its effect'
    return { state: 'unknown', error: new CommandError('unknown-outcome', text).toBody() }
  }
  // A scan's finished pages reach the fleet by their own way; the scan itself is cut off.
  const code = name === 'scanner.scan' ? 'truncated' : 'internal'
  const error = new CommandError(code, 'The terminal stopped before the command was done', {
    retryable: true,
  })
  return { state: 'failed', error: error.toBody() }
}

const entryOf = (row: Record<string, unknown>): Entry => ({
  id: String(row.id),
  name: String(row.name),
  phase: row.phase as Phase,
  ...(row.outcome === null ? {} : { outcome: JSON.parse(String(row.outcome)) as Outcome }),
})

/** The journal in `database`; `now` is the fleet's clock in milliseconds. */
export const createJournal = (database: Database, now: () => number): Journal => {
  const { sql } = database
  sql.exec(`CREATE TABLE IF NOT EXISTS command (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    phase TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    outcome TEXT
  ) STRICT`)
  const insert = sql.prepare(
    `INSERT INTO command (id, name, phase, expires_at, received_at) VALUES (?, ?, 'received', ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  )
  const select = sql.prepare('SELECT id, name, phase, outcome FROM command WHERE id = ?')
  const begin = sql.prepare(`UPDATE command SET phase = 'begun' WHERE id = ? AND phase = 'received'`)
  const finish = sql.prepare(
    `UPDATE command SET phase = 'done', outcome = ? WHERE id = ? AND phase IN ('received', 'begun')`,
  )
  const reported = sql.prepare(`UPDATE command SET phase = 'reported' WHERE id = ? AND phase = 'done'`)
  const inPhase = sql.prepare('SELECT id, name, phase, outcome FROM command WHERE phase = ? ORDER BY number')
  sql.exec(`CREATE TABLE IF NOT EXISTS forgotten_commands (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    until INTEGER NOT NULL
  ) STRICT`)
  const forgettable = `phase = 'reported' AND expires_at < ?
    AND (received_at < ? OR number <= (SELECT max(number) FROM command) - ${keptCommands})`
  const remember = sql.prepare(`INSERT INTO forgotten_commands (one, until)
    SELECT 1, max(expires_at) FROM command WHERE ${forgettable} HAVING count(*) > 0
    ON CONFLICT (one) DO UPDATE SET until = max(until, excluded.until)`)
  const forget = sql.prepare(`DELETE FROM command WHERE ${forgettable}`)
  const until = sql.prepare('SELECT until FROM forgotten_commands')
  const readForgotten = () => Number(until.get()?.until ?? 0)
  let forgottenUntil = readForgotten()
  let sinceForget = 0

  const find = (id: string) => {
    const row = select.get(id)
    return row && entryOf(row)
  }
  const forgetOld = () => {
    const bounds = [now(), now() - keptMs] as const
    database.unflushed(() => {
      // In this order: what is not remembered must not be forgotten, whenever the power goes.
      remember.run(...bounds)
      forget.run(...bounds)
    })
    forgottenUntil = readForgotten()
  }
  const journal: Journal = {
    receive({ id, name, expiresAt }) {
      const { changes } = database.unflushed(() => insert.run(id, name, expiresAt, now()))
      if (changes === 0) return find(id)
      if (++sinceForget >= 50) {
        sinceForget = 0
        forgetOld()
      }
      return undefined
    },
    begin(id) {
      if (begin.run(id).changes === 0) throw new Error('Only a command that was received can begin')
    },
    finish({ id, name }, outcome) {
      const write = () => finish.run(JSON.stringify(outcome), id)
      const { changes } = effectOf(name) === 'none' ? database.unflushed(write) : write()
      return changes === 0 ? find(id)?.outcome : outcome
    },
    reported(id) {
      database.unflushed(() => reported.run(id))
    },
    find,
    recover() {
      const found = [...inPhase.all('received'), ...inPhase.all('begun')].map(entryOf)
      for (const entry of found) journal.finish(entry, interrupted(entry.name, entry.phase === 'begun'))
      return found.flatMap(({ id }) => find(id) ?? [])
    },
    unreported: () => inPhase.all('done').map(entryOf),
    get forgottenUntil() {
      return forgottenUntil
    },
  }
  return journal
}
