import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { isCommandName, specOf } from '../../protocol/commands.ts'
import { type CommandReport, isFinal } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Band, Command } from '../api/schemas.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Signer } from '../signing/signer.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { inputFault } from './check.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { Ledger } from './ledger.ts'
import { fateOf, judge, lastMoment } from './life.ts'
import { LiveCommands } from './live.ts'
import { ended, furthered, reported, toldLate } from './outcome.ts'
import { type CommandRecord, commandOf } from './record.ts'
import { createUnwatched, watchedCommand } from './unwatched.ts'

/** How long a terminal that is there may leave a message unanswered before it is sent again, in milliseconds. */
export const resendAfterMs = 10_000

const sweepEveryMs = 1000
const forgetEveryMs = 3_600_000
const maxOpenPerTerminal = 200

/** A wish to run a command, as its actor uttered it. */
export interface CommandWish {
  readonly terminal: string
  readonly name: string
  readonly input: unknown
  /** Who asks, as an id, never a name. */
  readonly actor: string
  readonly expiresInMs?: number
  readonly idempotencyKey?: string
}

export interface CommandsParts {
  readonly database: Database
  readonly broker: Broker
  readonly signer: Signer
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Every command of the fleet, from the wish to its one final state.
 *
 * INVARIANTS: a command stands in the store before anyone hears of it; it is `sent` in the store before its first
 * byte leaves, so `queued` means that no terminal has seen it; a report is in the store when `report` resolves;
 * commands that are not over are all in `#open`, as they stand in the store.
 */
export class Commands {
  readonly live = new LiveCommands()
  readonly #ledger: Ledger
  readonly #delivery: Delivery
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #log: Logger
  readonly #turns = new Turns()
  readonly #open = new Map<string, CommandRecord>()
  /** When each open command was last put on the wire by this process. */
  readonly #spokenAt = new Map<string, number>()
  readonly #heardAt = new Map<string, number>()
  readonly #unwatched = createUnwatched(this.live)
  #listeningSince = 0
  #stops: (() => void)[] = []

  constructor({ database, broker, signer, clock, log }: CommandsParts) {
    this.#ledger = new Ledger(database)
    this.#delivery = createDelivery(broker, signer, clock, log)
    this.#broker = broker
    this.#clock = clock
    this.#log = log
  }

  /** Takes up what was not over when the fleet stopped. */
  async start(): Promise<void> {
    this.#listeningSince = this.#clock.now()
    for (const record of await this.#ledger.open()) this.#open.set(record.id, record)
    this.#stops = [
      this.#clock.every(sweepEveryMs, () => this.#sweep()),
      this.#clock.every(forgetEveryMs, () => this.#watch(this.#ledger.forgetKeys(this.#clock.now()))),
    ]
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.#turns.idle()
  }

  /** Enters a command and sends it when the terminal is there. Throws `ProblemError` (`invalid`, `conflict`). */
  async request(wish: CommandWish): Promise<Command> {
    const { name } = wish
    if (!isCommandName(name)) throw new ProblemError('invalid', 'There is no such command')
    const fault = inputFault(name, wish.input)
    if (fault) throw new ProblemError('invalid', fault)
    const spec = specOf(name)
    const now = this.#clock.now()
    const record: CommandRecord = {
      id: uuidv7(now),
      terminal: wish.terminal,
      name,
      input: wish.input,
      state: this.#there(wish.terminal) ? 'sent' : 'queued',
      actor: wish.actor,
      issuedAt: now,
      expiresAt: now + (wish.expiresInMs ?? spec.expiresInMs),
      deadlineMs: spec.deadlineMs,
      updatedAt: now,
      pages: [],
    }
    if (this.#openOf(wish.terminal).length >= maxOpenPerTerminal) {
      // Whoever asks again for one of these gets it: nothing is added.
      const known = wish.idempotencyKey && (await this.#ledger.entered(record, wish.idempotencyKey))
      if (known) return commandOf(this.#open.get(known.id) ?? known)
      throw new ProblemError('rate-limited', 'Too many commands of this terminal are not over yet')
    }
    return this.#turns.take(record.id, async () => {
      if (wish.idempotencyKey === undefined) await this.#ledger.enter(record)
      else {
        const entered = await this.#ledger.enterOnce(record, wish.idempotencyKey)
        if (entered.id !== record.id) return commandOf(this.#open.get(entered.id) ?? entered)
      }
      this.#open.set(record.id, record)
      if (record.state === 'sent') {
        this.#speak(record)
        // The broker writes at the end of this turn of the loop, so the terminal works while people are told.
        await nextTurn()
        await nextTurn()
      }
      this.live.state(commandOf(record))
      return commandOf(record)
    })
  }

  async get(id: string): Promise<Command | undefined> {
    const record = await this.#find(id)
    return record && commandOf(record)
  }

  /** The newest commands of a terminal, the newest first. */
  async latest(terminal: string, limit: number): Promise<Command[]> {
    const records = await this.#ledger.latest(terminal, limit)
    return records.map((record) => commandOf(this.#open.get(record.id) ?? record))
  }

  /**
   * Asks to stop a command. One that no terminal has seen is over at once; of any other the terminal's word decides.
   * A command that is over stays as it is.
   */
  cancel(id: string): Promise<Command | undefined> {
    return this.#turns.take(id, async () => {
      const record = await this.#find(id)
      if (!record || isFinal(record.state)) return record && commandOf(record)
      const now = this.#clock.now()
      if (record.state === 'queued') return commandOf(await this.#save(ended(record, 'cancelled', now)))
      const asked = record.cancelledAt === undefined ? { ...record, cancelledAt: now } : record
      if (asked !== record) await this.#save(asked)
      this.#speak(asked)
      return commandOf(asked)
    })
  }

  /** Takes in a terminal's word. Resolves when it is in the store; words on commands of others are dropped. */
  report(terminal: string, report: CommandReport): Promise<void> {
    return this.#turns.take(report.id, async () => {
      const record = await this.#find(report.id)
      if (record?.terminal !== terminal) {
        this.#log.warn({ terminal, command: report.id }, 'a report names no command of this terminal')
        return
      }
      await this.#hear(record, report)
    })
  }

  /** A band of a page that a terminal is scanning; `false` when the command is not running there. */
  band(terminal: string, id: string, band: Band): boolean {
    if (this.#open.get(id)?.terminal !== terminal) return false
    this.live.band(id, band)
    return true
  }

  /** Log lines of a terminal, for whoever follows the command that asked for them; others are dropped. */
  log(terminal: string, id: string, lines: readonly string[]): void {
    const record = this.#open.get(id)
    if (record?.terminal === terminal && record.name === watchedCommand) this.live.log(id, lines)
  }

  /** Whether a command of this terminal that is not over names this document. */
  names(terminal: string, document: string): boolean {
    return this.#openOf(terminal).some(
      ({ input }) =>
        typeof input === 'object' && input !== null && 'document' in input && input.document === document,
    )
  }

  /** Whether the terminal was ever given this command. */
  async belongs(terminal: string, id: string): Promise<boolean> {
    return (await this.#find(id))?.terminal === terminal
  }

  /** The terminal has come and listens: everything that is not over is said again, the oldest first. */
  arrived(terminal: string): void {
    for (const { id } of this.#openOf(terminal)) this.#inTurn(id, (record) => this.#deliver(record))
  }

  async #hear(record: CommandRecord, report: CommandReport): Promise<void> {
    const now = this.#clock.now()
    const turn = judge(record.state, report.state)
    if (turn === 'late' && isFinal(report.state)) {
      this.#log.warn({ command: record.id, settled: record.state, said: report.state }, 'a late outcome')
      await this.#save(toldLate(record, { state: report.state, at: now }, report.result))
      return
    }
    const moves = turn === 'move'
    const over = isFinal(record.state)
    if (!over) this.#heardAt.set(record.id, now)
    const { progress } = report
    if (!moves && !progress) return
    const further = progress ? furthered(record, progress) : record
    const after = moves ? reported(further, report, now) : further
    if (moves || after.pages !== record.pages) await this.#save(after, moves || over)
    else if (!over) this.#open.set(record.id, after)
    if (progress && !over) this.live.progress(record.id, progress)
  }

  async #deliver(record: CommandRecord): Promise<void> {
    const now = this.#clock.now()
    const fate = this.#fateOf(record, now)
    if (fate) {
      await this.#save(ended(record, fate, now))
      return
    }
    if (!this.#there(record.terminal)) return
    const sent: CommandRecord =
      record.state === 'queued' ? { ...record, state: 'sent', updatedAt: now } : record
    if (sent !== record) await this.#save(sent)
    this.#speak(sent)
  }

  /** Says to the terminal what it has to know of this command: that it shall run, or that it shall stop. */
  #speak(record: CommandRecord): void {
    this.#spokenAt.set(record.id, this.#clock.now())
    this.#delivery.command(record)
    if (record.cancelledAt !== undefined) this.#delivery.cancel(record)
  }

  /** Gives every command its due: an end by the clock, or the same message again. */
  #sweep(): void {
    const now = this.#clock.now()
    for (const id of this.#unwatched(this.#open.values(), now)) this.#watch(this.cancel(id))
    for (const record of this.#open.values()) {
      const silent = now - (this.#spokenAt.get(record.id) ?? Number.NEGATIVE_INFINITY) >= resendAfterMs
      // Whoever is past its last moment is asked again how it stands.
      const waits =
        record.state === 'queued' ||
        record.state === 'sent' ||
        record.cancelledAt !== undefined ||
        now >= lastMoment(record)
      const due = silent && waits && this.#there(record.terminal)
      if (due || this.#fateOf(record, now)) {
        this.#inTurn(record.id, (current) => this.#deliver(current))
      }
    }
  }

  #fateOf(record: CommandRecord, now: number): ReturnType<typeof fateOf> {
    const heardAt = this.#heardAt.get(record.id)
    const effect = this.#effectOf(record)
    return fateOf({ ...record, effect, heardAt, listeningSince: this.#listeningSince }, now)
  }

  #inTurn(id: string, act: (record: CommandRecord) => Promise<void>): void {
    this.#watch(
      this.#turns.take(id, async () => {
        const record = this.#open.get(id)
        if (record) await act(record)
      }),
    )
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#log.error({ err: error }, 'a command could not be carried on'))
  }

  async #save(record: CommandRecord, tell = true): Promise<CommandRecord> {
    await this.#ledger.save(record)
    if (isFinal(record.state)) {
      this.#open.delete(record.id)
      this.#spokenAt.delete(record.id)
      this.#heardAt.delete(record.id)
    } else this.#open.set(record.id, record)
    if (tell) this.live.state(commandOf(record))
    return record
  }

  async #find(id: string): Promise<CommandRecord | undefined> {
    return this.#open.get(id) ?? (await this.#ledger.find(id))
  }

  #openOf(terminal: string): CommandRecord[] {
    return [...this.#open.values()].filter((record) => record.terminal === terminal)
  }

  #there(terminal: string): boolean {
    return this.#broker.connected().has(terminal)
  }

  #effectOf(record: CommandRecord) {
    return isCommandName(record.name) ? specOf(record.name).effect : 'once'
  }
}
