import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { createPresence, type Presence, type PresenceParts } from '../../fleet/terminals/presence-record.ts'
import type { EventMessage, PresenceMessage, ProfileMessage } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { PretendBroker, StoppedClock, settled, silent } from './fleet.ts'

const envelope = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const

/** A terminal as it comes and goes before a fleet of pretence. */
export interface PretendTerminal {
  readonly id: string
  /** Connects and says who it is. */
  come(): Promise<void>
  /** Its connection ends. */
  go(): Promise<void>
  /** Says goodbye and goes. */
  bye(reason: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** Another run of the agent, and with `boot` another one of the machine. */
  begin(what?: 'run' | 'boot'): void
  profile(capabilities: ProfileMessage['capabilities']): Promise<void>
  event(type: EventMessage['type'], data: EventMessage['data'], waitedMs?: number): Promise<void>
  /** Its intervals so far, as `state/reason/seconds`. */
  course(): Promise<string[]>
}

/** Presence over a store in memory, whose fleet can fall and be started again. */
export class PresenceWorld {
  readonly broker = new PretendBroker()
  clock = new StoppedClock()
  readonly begun = this.clock.now()
  readonly #more: Partial<PresenceParts>
  #presence: Presence | undefined
  #database: PresenceParts['database'] | undefined

  constructor(more: Partial<PresenceParts> = {}) {
    this.#more = more
  }

  get presence(): Presence {
    if (!this.#presence) throw new Error('there is no fleet')
    return this.#presence
  }

  /** A fleet begins. */
  async start(): Promise<void> {
    this.#database ??= await openDatabase(sqliteDialect(':memory:', 'normal'))
    const { broker, clock } = this
    this.#presence = createPresence({ database: this.#database, broker, clock, log: silent, ...this.#more })
    await this.#presence.start()
  }

  /** The fleet is gone without a word, and time passes before it is started again. */
  async fall(milliseconds: number): Promise<void> {
    this.#presence = undefined
    this.broker.there.clear()
    this.clock = new StoppedClock(this.clock.now() + milliseconds)
    await this.start()
  }

  /** The fleet is stopped, which ends every connection, and started again. */
  async restart(milliseconds: number): Promise<void> {
    await this.presence.leave()
    for (const id of [...this.broker.there]) {
      this.broker.there.delete(id)
      this.presence.terminals.disconnected(id)
    }
    await this.presence.stop()
    this.clock = new StoppedClock(this.clock.now() + milliseconds)
    await this.start()
  }

  async close(): Promise<void> {
    await this.presence.stop()
    await this.#database?.destroy()
  }

  async terminal(id: string, village: string): Promise<PretendTerminal> {
    await this.presence.terminals.register(id, village)
    const life = { boot: uuidv7(), run: uuidv7(), connection: 0 }
    const say = (more: Partial<PresenceMessage>) =>
      this.presence.terminals.presence(id, { ...envelope, state: 'online', ...life, ...more })
    const go = async () => {
      this.broker.there.delete(id)
      this.presence.terminals.disconnected(id)
      await settled()
    }
    return {
      id,
      go,
      come: async () => {
        life.connection += 1
        this.broker.there.add(id)
        this.presence.terminals.connected(id)
        await settled()
        await say({})
      },
      bye: async (reason) => {
        await say({ state: 'bye', reason })
        await go()
      },
      begin: (what = 'run') => {
        life.run = uuidv7()
        if (what === 'boot') life.boot = uuidv7()
      },
      profile: async (capabilities) => {
        const body = { ...envelope, ...life, profiles: { terminal: 'x' }, versions: {}, capabilities }
        await this.presence.terminals.profile(id, body)
      },
      event: async (type, data, waitedMs = 0) => {
        const { boot, run } = life
        const at = 1000
        await this.presence.events.keep(id, {
          ...{ ...envelope, boot, run, ts: at + waitedMs, id: uuidv7(), type, at, data },
        })
        await settled()
      },
      course: async () => {
        const now = this.clock.now() + 1
        const all = await this.presence.history.presence(id, 0, now)
        return all.map(({ state, reason, from, until }) => {
          const seconds = until === undefined ? '' : `/${(until - from) / 1000}`
          return `${state}${reason === undefined ? '' : `/${reason}`}${seconds}`
        })
      },
    }
  }
}
