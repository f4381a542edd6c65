import type { ReportedMessage } from '../../protocol/messages.ts'
import type { Database } from '../store/database.ts'

/** What a terminal said that it has. */
export type Reported = Pick<ReportedMessage, 'version' | 'hash' | 'status' | 'newest' | 'errors'> & {
  /** When it said so. */
  readonly at: number
}

/** What is known of a terminal beside what it should have. */
export interface Standing {
  readonly reported?: Reported
  /** Since when it does not have what it should have. */
  readonly driftSince?: number
}

/** What terminals last said, and since when they do not have what they should. */
export class ReportStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<Map<string, Standing>> {
    const rows = await this.#database.selectFrom('configuration_reports').selectAll().execute()
    return new Map(
      rows.map(({ terminal, reported, reported_at, drift_since }) => [
        terminal,
        {
          ...(reported === null
            ? {}
            : { reported: { ...JSON.parse(reported), at: reported_at } as Reported }),
          ...(drift_since === null ? {} : { driftSince: drift_since }),
        },
      ]),
    )
  }

  async save(database: Database, terminal: string, { reported, driftSince }: Standing): Promise<void> {
    const { at = null, ...body } = reported ?? {}
    const changes = {
      reported: reported ? JSON.stringify(body) : null,
      reported_at: at,
      drift_since: driftSince ?? null,
    }
    await database
      .insertInto('configuration_reports')
      .values({ terminal, ...changes })
      .onConflict((conflict) => conflict.column('terminal').doUpdateSet(changes))
      .execute()
  }
}
