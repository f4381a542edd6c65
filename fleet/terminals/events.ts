import type { EventMessage } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { Writes } from './writes.ts'

/** How long events are kept, in milliseconds. */
const keptMs = 90 * 86_400_000

/** One thing that happened on a terminal, or that the fleet found out about it. */
export interface TerminalEvent {
  readonly id: string
  readonly type: string
  /** By the terminal's clock, and by the fleet's when it heard of it. */
  readonly at: number
  readonly receivedAt: number
  readonly data: Readonly<Record<string, string | number | boolean>>
}

/** What happened on terminals, each event once however often it is sent. */
export class EventLog {
  readonly #database: Database
  readonly #clock: Clock
  readonly #writes: Writes
  readonly #onlookers = new Set<(terminal: string, event: EventMessage) => void>()

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#writes = new Writes(database)
  }

  /** Resolves when the event is in the store. */
  async keep(terminal: string, event: EventMessage): Promise<void> {
    const row = {
      id: event.id,
      terminal,
      type: event.type,
      at: event.at,
      received_at: this.#clock.now(),
      data: JSON.stringify(event.data),
    }
    let isNew = false
    await this.#writes.take(async (database) => {
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto('events')
        .values(row)
        .onConflict((conflict) => conflict.columns(['terminal', 'id']).doNothing())
        .executeTakeFirst()
      isNew = numInsertedOrUpdatedRows > 0n
    })
    if (isNew) for (const onlooker of this.#onlookers) onlooker(terminal, event)
  }

  /** Calls back when a terminal tells something new, which is in the store then. */
  watch(onlooker: (terminal: string, event: EventMessage) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** The newest events of a terminal, the newest first. */
  async latest(terminal: string, limit: number): Promise<TerminalEvent[]> {
    const rows = await this.#database
      .selectFrom('events')
      .selectAll()
      .where('terminal', '=', terminal)
      .orderBy('received_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(({ id, type, at, received_at, data }) => ({
      ...{ id, type, at, receivedAt: received_at },
      data: JSON.parse(data) as TerminalEvent['data'],
    }))
  }

  /** Writes down what the fleet itself found out about a terminal. */
  async note(terminal: string, type: string, data: Readonly<Record<string, string>>): Promise<void> {
    const at = this.#clock.now()
    await this.#database
      .insertInto('events')
      .values({ id: uuidv7(at), terminal, type, at, received_at: at, data: JSON.stringify(data) })
      .execute()
  }

  /** Forgets events that are too old. */
  async forget(): Promise<void> {
    await this.#database
      .deleteFrom('events')
      .where('received_at', '<', this.#clock.now() - keptMs)
      .execute()
  }
}
