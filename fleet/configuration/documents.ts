import type { Selectable } from 'kysely'
import type { Configuration } from '../../protocol/configuration.ts'
import type { Database } from '../store/database.ts'
import type { ConfigurationDocumentsTable } from '../store/schema.ts'

/** One version of the whole configuration of one terminal. `hash` is the SHA-256 of its canonical text. */
export interface ConfigurationDocument {
  readonly terminal: string
  readonly version: number
  readonly hash: string
  readonly content: Configuration
  /** Which layer gave each value, by JSON pointer. */
  readonly origins: Readonly<Record<string, string>>
  readonly at: number
}

/** How many versions of a terminal's document are kept. */
export const keptVersions = 50

const documentOf = (row: Selectable<ConfigurationDocumentsTable>): ConfigurationDocument => ({
  terminal: row.terminal,
  version: row.version,
  hash: row.hash,
  content: JSON.parse(row.content) as Configuration,
  origins: JSON.parse(row.origins) as Record<string, string>,
  at: row.at,
})

/** The documents that terminals were asked to have. */
export class DocumentStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The newest document of each terminal. */
  async newest(): Promise<ConfigurationDocument[]> {
    const rows = await this.#database
      .selectFrom('configuration_documents as document')
      .selectAll()
      .where(({ eb, selectFrom }) =>
        eb(
          'version',
          '=',
          selectFrom('configuration_documents as other')
            .select(({ fn }) => fn.max('other.version').as('newest'))
            .whereRef('other.terminal', '=', 'document.terminal'),
        ),
      )
      .execute()
    return rows.map(documentOf)
  }

  /** Its versions that are kept, the newest first. */
  async history(terminal: string): Promise<ConfigurationDocument[]> {
    const rows = await this.#database
      .selectFrom('configuration_documents')
      .selectAll()
      .where('terminal', '=', terminal)
      .orderBy('version', 'desc')
      .execute()
    return rows.map(documentOf)
  }

  /** Adds a version and lets go of those that are too old, in this transaction. */
  async add(transaction: Database, document: ConfigurationDocument): Promise<void> {
    const { content, origins, ...rest } = document
    await transaction
      .insertInto('configuration_documents')
      .values({ ...rest, content: JSON.stringify(content), origins: JSON.stringify(origins) })
      .execute()
    await transaction
      .deleteFrom('configuration_documents')
      .where('terminal', '=', document.terminal)
      .where('version', '<=', document.version - keptVersions)
      .execute()
  }
}
