import type { Logger } from 'pino'
import type { PresenceMessage, ProfileMessage } from '../../protocol/messages.ts'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Terminal, TerminalState } from '../api/schemas.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { graceMs, isAway, stateOf } from './presence.ts'
import type { PresenceLog } from './presence-log.ts'
import { Registry, type TerminalRecord, textOf } from './registry.ts'

export interface TerminalsParts {
  readonly database: Database
  readonly broker: Broker
  readonly clock: Clock
  readonly log: Logger
  /** How long a terminal may be away before it is offline, in milliseconds. */
  readonly graceMs?: number | undefined
  /** Where what it was is written down, taken up already. */
  readonly presence?: PresenceLog
  /** What a terminal says it can do, each time it says it. */
  readonly told?: (id: string, capabilities: TerminalRecord['capabilities']) => void
  /** Whether its absence is announced now. */
  readonly announced?: (terminal: Pick<TerminalRecord, 'id' | 'village'>) => boolean
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
  readonly #parts: TerminalsParts
  readonly #turns = new Turns()
  readonly #records = new Map<string, TerminalRecord>()
  readonly #standings = new Map<string, Standing>()
  readonly #onlookers = new Set<(terminal: Terminal) => void>()
  /** What the store may learn a little later. */
  readonly #unsaved = new Set<string>()
  /** Of those that were there when an earlier fleet ended the start of this one: they get their grace anew. */
  readonly #awaited = new Map<string, number>()
  #leaving = false
  #stopWatching = () => {}

  constructor(parts: TerminalsParts) {
    this.#registry = new Registry(parts.database)
    this.#parts = parts
  }

  async start(): Promise<void> {
    const { clock, log, presence } = this.#parts
    for (const record of await this.#registry.all()) {
      this.#records.set(record.id, record)
      const before = presence?.current(record.id)
      const wasAway = before !== undefined && isAway(before.state) && before.unseenUntil === undefined
      if (!wasAway) this.#awaited.set(record.id, clock.now())
      this.#look(record.id, record.lastSeen ?? record.registeredAt)
    }
    this.#stopWatching = clock.every(1000, () => {
      for (const [id, { state }] of this.#standings) if (isAway(state)) this.#look(id)
      this.#save().catch((error: unknown) => log.error({ err: error }, 'terminals could not be kept'))
    })
  }

  /** From now on who is lost is lost because the fleet goes, and is not away. */
  leave(): void {
    this.#leaving = true
  }

  async stop(): Promise<void> {
    this.#stopWatching()
    await this.#turns.idle()
    await this.#save()
  }

  /** Makes a terminal known, or moves a known one to another village. Throws `ProblemError` `invalid`. */
  async register(id: string, village: string): Promise<Terminal> {
    if (!isDeviceId(id)) throw new ProblemError('invalid', 'This is no id of a terminal')
    if (village.length === 0 || village.length > 100) throw new ProblemError('invalid', 'This is no village')
    await this.#change(id, (known) => ({
      ...(known ?? { id, registeredAt: this.#parts.clock.now(), capabilities: {} }),
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

  /** The same of one that has to be there. Throws `ProblemError` `not-found`. */
  known(id: string): Terminal {
    const terminal = this.#terminal(id)
    if (!terminal) throw new ProblemError('not-found', 'There is no such terminal')
    return terminal
  }

  list(): Terminal[] {
    return [...this.#records.keys()].sort().map((id) => this.#terminal(id) as Terminal)
  }

  /** Where the registered terminals stand, in the order of their ids. */
  places(): { readonly id: string; readonly village: string }[] {
    return [...this.#records.keys()]
      .sort()
      .map((id) => ({ id, village: this.#records.get(id)?.village ?? '' }))
  }

  /** Looks at every change until the returned function is called. */
  watch(onlooker: (terminal: Terminal) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** A terminal has connected. One that is not registered is sent away: a certificate alone is no place here. */
  connected(id: string): void {
    if (!this.has(id)) {
      this.#parts.log.warn({ terminal: id }, 'a terminal that is not registered was sent away')
      this.#parts.broker.disconnect(id)
      return
    }
    this.#seen(id)
  }

  /** A connection of a terminal has ended; it may have another one. */
  disconnected(id: string): void {
    if (this.has(id) && !this.#leaving) this.#seen(id)
  }

  /** Takes in a word of presence; `true` when the terminal says that it is there and listens. */
  async presence(id: string, message: PresenceMessage): Promise<boolean> {
    const known = this.#records.get(id)
    if (!known) return false
    const sameRun = message.run === known.run
    if (message.state === 'online') {
      if (sameRun && message.connection < (known.connection ?? 0)) return false
      const { boot, run, connection, agent, stalledMs } = message
      await this.#change(id, () => {
        const { farewell: _, ...before } = this.#records.get(id) ?? known
        return { ...before, boot, run, connection, ...(agent === undefined ? {} : { agent }) }
      })
      this.#parts.presence?.returned(id, {
        before: { boot: known.boot, run: known.run },
        after: { boot, run },
        farewell: known.farewell,
        stalledMs,
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
    const known = this.#records.get(id)
    if (!known) return
    this.#parts.told?.(id, capabilities)
    // A terminal says the same each time it returns.
    const isNew =
      textOf(capabilities) !== textOf(known.capabilities) || textOf(profiles) !== textOf(known.profiles ?? {})
    if (isNew) await this.#change(id, (before) => before && { ...before, capabilities, profiles })
  }

  /** Takes a terminal out of service for good, or back into it. */
  async retire(id: string, isRetired: boolean): Promise<Terminal | undefined> {
    const now = this.#parts.clock.now()
    await this.#change(id, (known) => {
      if (!known) return undefined
      const { retiredAt: _, ...rest } = known
      return isRetired ? { ...rest, retiredAt: known.retiredAt ?? now } : rest
    })
    return this.get(id)
  }

  /** A connection came or went: the store learns it within a second, or with the next word of the terminal. */
  #seen(id: string): void {
    this.#turns
      .take(id, async () => {
        const known = this.#records.get(id)
        if (!known) return
        this.#records.set(id, { ...known, lastSeen: this.#parts.clock.now() })
        this.#unsaved.add(id)
        this.#look(id)
      })
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error, terminal: id }, 'the state of a terminal could not be kept')
      })
  }

  async #save(): Promise<void> {
    const ids = [...this.#unsaved]
    this.#unsaved.clear()
    await Promise.all(
      ids.map((id) =>
        this.#turns.take(id, async () => {
          const record = this.#records.get(id)
          if (record) await this.#registry.save(record)
        }),
      ),
    )
  }

  async #change(
    id: string,
    change: (known: TerminalRecord | undefined) => TerminalRecord | undefined,
  ): Promise<void> {
    await this.#turns.take(id, async () => {
      const record = change(this.#records.get(id))
      if (!record) return
      await this.#registry.save(record)
      this.#unsaved.delete(id)
      const before = this.#records.get(id)
      this.#records.set(id, record)
      const told = this.#look(id)
      const saysMore = before?.capabilities !== record.capabilities || before.village !== record.village
      if (!told && saysMore) this.#tell(id)
    })
  }

  /** Judges a terminal's state anew and tells onlookers when it changed. */
  #look(id: string, since = this.#parts.clock.now()): boolean {
    const { broker, clock, presence, announced } = this.#parts
    const record = this.#records.get(id)
    if (!record || this.#leaving) return false
    const state = stateOf(
      {
        connected: broker.connected().has(id),
        lastSeen: record.lastSeen,
        awaitedSince: Math.max(record.lastSeen ?? 0, this.#awaited.get(id) ?? 0),
        farewell: record.farewell,
        capabilities: record.capabilities,
        announced: announced?.(record) ?? false,
        retired: record.retiredAt !== undefined,
      },
      clock.now(),
      this.#parts.graceMs ?? graceMs,
    )
    const before = this.#standings.get(id)
    if (before?.state === state) return false
    // A terminal that is offline has been away since it became suspect.
    const kept = state === 'offline' && before?.state === 'suspect' ? before.since : since
    this.#standings.set(id, { state, since: kept })
    presence?.stands(id, { state, at: since, farewell: record.farewell })
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
      state: standing.state,
      since: this.#parts.presence?.current(id)?.from ?? standing.since,
      ...(agent === undefined ? {} : { agent }),
      capabilities: { ...capabilities },
      ...(profiles ? { profiles } : {}),
    }
  }
}
