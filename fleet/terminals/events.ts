import type { EventMessage } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'

/** How long events are kept, in milliseconds. */
const keptMs = 90 * 86_400_000

/** What happened on terminals, each event once however often it is sent. */
export class EventLog {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
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
    await this.#database
      .insertInto('events')
      .values(row)
      .onConflict((conflict) => conflict.columns(['terminal', 'id']).doNothing())
      .execute()
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
