import type { Logger } from 'pino'
import type { PresenceMessage, ProfileMessage } from '../../protocol/messages.ts'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Terminal, TerminalState } from '../api/schemas.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { graceMs, stateOf } from './presence.ts'
import { Registry, type TerminalRecord } from './registry.ts'

export interface TerminalsParts {
  readonly database: Database
  readonly broker: Broker
  readonly clock: Clock
  readonly log: Logger
  /** How long a terminal may be away before it is offline, in milliseconds. */
  readonly graceMs?: number
}

interface Standing {
  readonly state: TerminalState
  readonly since: number
}

/**
 * The registered terminals and whether they are there. INVARIANTS: the broker alone says who is connected; a word of
 * presence counts only for the connection that it belongs to, so a late will changes nothing.
 */
export class Terminals {
  readonly #registry: Registry
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #log: Logger
  readonly #graceMs: number
  readonly #turns = new Turns()
  readonly #records = new Map<string, TerminalRecord>()
  readonly #standings = new Map<string, Standing>()
  readonly #onlookers = new Set<(terminal: Terminal) => void>()
  #startedAt = 0
  #stopWatching = () => {}

  constructor(parts: TerminalsParts) {
    this.#registry = new Registry(parts.database)
    this.#broker = parts.broker
    this.#clock = parts.clock
    this.#log = parts.log
    this.#graceMs = parts.graceMs ?? graceMs
  }

  async start(): Promise<void> {
    this.#startedAt = this.#clock.now()
    for (const record of await this.#registry.all()) {
      this.#records.set(record.id, record)
      this.#look(record.id, record.lastSeen ?? record.registeredAt)
    }
    this.#stopWatching = this.#clock.every(1000, () => {
      for (const [id, { state }] of this.#standings) if (state === 'suspect') this.#look(id)
    })
  }

  async stop(): Promise<void> {
    this.#stopWatching()
    await this.#turns.idle()
  }

  /** Makes a terminal known, or moves a known one to another village. Throws `ProblemError` `invalid`. */
  async register(id: string, village: string): Promise<Terminal> {
    if (!isDeviceId(id)) throw new ProblemError('invalid', 'This is no id of a terminal')
    if (village.length === 0 || village.length > 100) throw new ProblemError('invalid', 'This is no village')
    await this.#change(id, (known) => ({
      ...(known ?? { id, registeredAt: this.#clock.now(), capabilities: {} }),
      village,
    }))
    return this.#terminal(id) as Terminal
  }

  has(id: string): boolean {
    return this.#records.has(id)
  }

  get(id: string): Terminal | undefined {
    return this.#terminal(id)
  }

  list(): Terminal[] {
    return [...this.#records.keys()].sort().map((id) => this.#terminal(id) as Terminal)
  }

  /** Looks at every change until the returned function is called. */
  watch(onlooker: (terminal: Terminal) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** A terminal has connected. One that is not registered is sent away: a certificate alone is no place here. */
  connected(id: string): void {
    if (!this.has(id)) {
      this.#log.warn({ terminal: id }, 'a terminal that is not registered was sent away')
      this.#broker.disconnect(id)
      return
    }
    this.#inTurn(id, ({ farewell: _, ...known }) => ({ ...known, lastSeen: this.#clock.now() }))
  }

  /** A connection of a terminal has ended; it may have another one. */
  disconnected(id: string): void {
    if (this.has(id)) this.#inTurn(id, (known) => ({ ...known, lastSeen: this.#clock.now() }))
  }

  /** Takes in a word of presence; `true` when the terminal says that it is there and listens. */
  async presence(id: string, message: PresenceMessage): Promise<boolean> {
    const known = this.#records.get(id)
    if (!known) return false
    const sameRun = message.run === known.run
    if (message.state === 'online') {
      if (sameRun && message.connection < (known.connection ?? 0)) return false
      const { boot, run, connection, agent } = message
      await this.#change(id, () => {
        const { farewell: _, ...before } = this.#records.get(id) ?? known
        return { ...before, boot, run, connection, ...(agent === undefined ? {} : { agent }) }
      })
      return true
    }
    if (!sameRun || message.connection !== known.connection) return false
    const farewell = message.state === 'bye' ? (message.reason ?? 'shutdown') : undefined
    if (farewell !== undefined) await this.#change(id, (before) => before && { ...before, farewell })
    return false
  }

  /** Takes in what a terminal says it can do. */
  async profile(id: string, message: ProfileMessage): Promise<void> {
    const { capabilities, profiles } = message
    await this.#change(id, (known) => known && { ...known, capabilities, profiles })
  }

  #inTurn(id: string, change: (known: TerminalRecord) => TerminalRecord): void {
    this.#change(id, (known) => known && change(known)).catch((error: unknown) => {
      this.#log.error({ err: error, terminal: id }, 'the state of a terminal could not be kept')
    })
  }

  async #change(
    id: string,
    change: (known: TerminalRecord | undefined) => TerminalRecord | undefined,
  ): Promise<void> {
    await this.#turns.take(id, async () => {
      const record = change(this.#records.get(id))
      if (!record) return
      await this.#registry.save(record)
      const before = this.#records.get(id)
      this.#records.set(id, record)
      const told = this.#look(id)
      const saysMore = before?.capabilities !== record.capabilities || before.village !== record.village
      if (!told && saysMore) this.#tell(id)
    })
  }

  /** Judges a terminal's state anew and tells onlookers when it changed. */
  #look(id: string, since = this.#clock.now()): boolean {
    const record = this.#records.get(id)
    if (!record) return false
    const signs = {
      connected: this.#broker.connected().has(id),
      lastSeen: record.lastSeen,
      awaitedSince: Math.max(record.lastSeen ?? 0, this.#startedAt),
      farewell: record.farewell,
      capabilities: record.capabilities,
    }
    const state = stateOf(signs, this.#clock.now(), this.#graceMs)
    const before = this.#standings.get(id)
    if (before?.state === state) return false
    // A terminal that is offline has been away since it became suspect.
    const kept = state === 'offline' && before?.state === 'suspect' ? before.since : since
    this.#standings.set(id, { state, since: kept })
    this.#tell(id)
    return true
  }

  #tell(id: string): void {
    const terminal = this.#terminal(id)
    if (terminal) for (const onlooker of this.#onlookers) onlooker(terminal)
  }

  #terminal(id: string): Terminal | undefined {
    const record = this.#records.get(id)
    const standing = this.#standings.get(id)
    if (!record || !standing) return undefined
    const { village, agent, capabilities, profiles } = record
    return {
      id,
      village,
      ...standing,
      ...(agent === undefined ? {} : { agent }),
      capabilities: { ...capabilities },
      ...(profiles ? { profiles } : {}),
    }
  }
}
