import { DeviceDescription } from '../../protocol/device-description.ts'
import { fits } from '../../protocol/fits.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'

/** What a terminal said of devices that no profile knows. */
export interface KeptDescription {
  readonly terminal: string
  readonly sha256: string
  readonly receivedAt: number
  readonly description: DeviceDescription
}

/** The newest description of each terminal that has unknown devices. */
export class DeviceDescriptions {
  readonly #database: Database
  readonly #clock: Pick<Clock, 'now'>

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database
    this.#clock = clock
  }

  /** Keeps a description in place of the terminal's earlier one. Throws `ProblemError` `invalid`. */
  async keep(terminal: string, sha256: string, text: string): Promise<void> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      throw new ProblemError('invalid', 'The description is no JSON', { cause })
    }
    if (!fits(DeviceDescription, value))
      throw new ProblemError('invalid', 'This is no description of devices')
    const changes = { sha256, content: text, received_at: this.#clock.now() }
    await this.#database
      .insertInto('device_descriptions')
      .values({ terminal, ...changes })
      .onConflict((conflict) => conflict.column('terminal').doUpdateSet(changes))
      .execute()
  }

  async of(terminal: string): Promise<KeptDescription | undefined> {
    const row = await this.#database
      .selectFrom('device_descriptions')
      .selectAll()
      .where('terminal', '=', terminal)
      .executeTakeFirst()
    return (
      row && {
        terminal,
        sha256: row.sha256,
        receivedAt: row.received_at,
        description: JSON.parse(row.content) as DeviceDescription,
      }
    )
  }
}
