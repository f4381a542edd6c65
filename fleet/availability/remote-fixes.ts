import type { Database } from '../store/database.ts'
import type { Outage } from './outages.ts'
import type { Spans } from './spans.ts'

/** How soon after a person's act an outage must end to be ended by it, in milliseconds. */
const soonMs = 10 * 60_000
/** A document of the configuration is made in the same breath as the layer that somebody wrote. */
const breathMs = 5000
/** How a person is named as the one who acted; programs are named otherwise. */
const persons = 'user:%'

export interface EndedOutage extends Pick<Outage, 'terminal' | 'from' | 'until'> {
  readonly announced: Spans
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

  async fixed({ terminal, from, until, announced }: EndedOutage): Promise<boolean> {
    if (until === undefined || announced.length > 0) return false
    const span = { terminal, from, until }
    const acted = (await this.#restarted(span)) || (await this.#configured(span))
    return acted && !(await this.#visited(span))
  }

  async #restarted({ terminal, from, until }: Required<Omit<EndedOutage, 'announced'>>): Promise<boolean> {
    const found = await this.#database
      .selectFrom('commands')
      .select('id')
      .where('terminal', '=', terminal)
      .where('issued_at', '>=', from)
      .where('issued_at', '<=', until)
      .where('name', '=', 'terminal.restart')
      .where('state', '=', 'succeeded')
      .where('actor', 'like', persons)
      .where('updated_at', '>=', until - soonMs)
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  }

  async #configured({ terminal, from, until }: Required<Omit<EndedOutage, 'announced'>>): Promise<boolean> {
    const documents = await this.#database
      .selectFrom('configuration_documents')
      .select('at')
      .where('terminal', '=', terminal)
      .where('at', '>=', Math.max(from, until - soonMs))
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

  async #visited({ terminal, from, until }: Required<Omit<EndedOutage, 'announced'>>): Promise<boolean> {
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
