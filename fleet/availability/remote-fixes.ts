import type { Database } from '../store/database.ts'
import type { Outage } from './outages.ts'

/** How soon after a person's act an outage must end to be ended by it, in milliseconds. */
const soonMs = 10 * 60_000
/** A document of the configuration is made in the same breath as the layer that somebody wrote. */
const breathMs = 5000
/** How a person is named as the one who acted; programs are named otherwise. */
const persons = 'user:%'

/** An outage as far as it matters here. */
export type EndedOutage = Pick<Outage, 'id' | 'terminal' | 'from' | 'until' | 'announced'>

interface TerminalSpan {
  readonly terminal: string
  readonly from: number
  readonly until: number
}

/**
 * Whether outages were ended from afar. One was when, while it lasted, a person asked for a restart (of the agent, the
 * kiosk or the machine) that succeeded, or wrote a layer that gave the terminal another configuration, it ended within
 * ten minutes of that, and no technician was there: no maintenance touches it and no acceptance came in while it lasted.
 */
export class RemoteFixes {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The ids of those outages of one terminal that were. */
  async among(outages: readonly EndedOutage[]): Promise<ReadonlySet<string>> {
    const [first] = outages
    if (!first) return new Set()
    const from = Math.min(...outages.map((one) => one.from))
    const until = Math.max(...outages.map((one) => one.until ?? 0))
    const whole = { terminal: first.terminal, from, until }
    // Most terminals saw no such act at all.
    if (!(await this.#acted(whole, 0))) return new Set()
    const fixed = new Set<string>()
    for (const outage of outages) if (await this.#fixed(outage)) fixed.add(outage.id)
    return fixed
  }

  async #fixed({ terminal, from, until, announced }: EndedOutage): Promise<boolean> {
    if (until === undefined || announced.length > 0) return false
    const span = { terminal, from, until }
    return (await this.#acted(span, until - soonMs)) && !(await this.#visited(span))
  }

  /** Whether a person acted in a time, to an effect no earlier than `since`. */
  async #acted(span: TerminalSpan, since: number): Promise<boolean> {
    return (await this.#restarted(span, since)) || (await this.#configured(span, since))
  }

  async #restarted({ terminal, from, until }: TerminalSpan, since: number): Promise<boolean> {
    const found = await this.#database
      .selectFrom('commands')
      .select('id')
      .where('terminal', '=', terminal)
      .where('issued_at', '>=', from)
      .where('issued_at', '<=', until)
      .where('name', '=', 'terminal.restart')
      .where('state', '=', 'succeeded')
      .where('actor', 'like', persons)
      .where('updated_at', '>=', since)
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  }

  async #configured({ terminal, from, until }: TerminalSpan, since: number): Promise<boolean> {
    const documents = await this.#database
      .selectFrom('configuration_documents')
      .select('at')
      .where('terminal', '=', terminal)
      .where('at', '>=', Math.max(from, since))
      .where('at', '<=', until)
      .execute()
    for (const { at } of documents) {
      const written = await this.#database
        .selectFrom('configuration_layers')
        .select('version')
        .where('at', '>=', at - breathMs)
        .where('at', '<=', at)
        .where('actor', 'like', persons)
        .limit(1)
        .executeTakeFirst()
      if (written) return true
    }
    return false
  }

  async #visited({ terminal, from, until }: TerminalSpan): Promise<boolean> {
    const found = await this.#database
      .selectFrom('acceptances')
      .select('id')
      .where('device', '=', terminal)
      .where('received_at', '>=', from)
      .where('received_at', '<=', until)
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  }
}
