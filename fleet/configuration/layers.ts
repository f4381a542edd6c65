import type { Selectable } from 'kysely'
import type { ConfigurationLayer } from '../../protocol/configuration.ts'
import type { Database } from '../store/database.ts'
import type { ConfigurationLayersTable } from '../store/schema.ts'

/** Where a layer lies, from below to above; what people write lies over the defaults. */
export const scopes = ['fleet', 'group', 'village', 'terminal'] as const
export type Scope = (typeof scopes)[number]

/** What a layer is about: the one layer of the whole fleet is named `all`. */
export interface LayerName {
  readonly scope: Scope
  readonly name: string
}

/** One version of a layer; version 0 is the empty one that was there before anyone wrote. */
export interface LayerVersion extends LayerName {
  readonly version: number
  readonly content: ConfigurationLayer
  readonly actor?: string
  readonly at?: number
  readonly note?: string
}

const layerOf = (row: Selectable<ConfigurationLayersTable>): LayerVersion => ({
  scope: row.scope,
  name: row.name,
  version: row.version,
  content: JSON.parse(row.content) as ConfigurationLayer,
  actor: row.actor,
  at: row.at,
  ...(row.note === null ? {} : { note: row.note }),
})

/** The versions of all layers. They are only ever added, so that the past can be looked at and brought back. */
export class LayerStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The newest version of each layer. */
  async newest(): Promise<LayerVersion[]> {
    const rows = await this.#database
      .selectFrom('configuration_layers as layer')
      .selectAll()
      .where(({ eb, selectFrom }) =>
        eb(
          'version',
          '=',
          selectFrom('configuration_layers as other')
            .select(({ fn }) => fn.max('other.version').as('newest'))
            .whereRef('other.scope', '=', 'layer.scope')
            .whereRef('other.name', '=', 'layer.name'),
        ),
      )
      .execute()
    return rows.map(layerOf)
  }

  /** Its versions, the newest first. */
  async history({ scope, name }: LayerName, limit: number): Promise<LayerVersion[]> {
    const rows = await this.#database
      .selectFrom('configuration_layers')
      .selectAll()
      .where('scope', '=', scope)
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(limit)
      .execute()
    return rows.map(layerOf)
  }

  async version({ scope, name }: LayerName, version: number): Promise<LayerVersion | undefined> {
    if (version === 0) return { scope, name, version, content: {} }
    const row = await this.#database
      .selectFrom('configuration_layers')
      .selectAll()
      .where('scope', '=', scope)
      .where('name', '=', name)
      .where('version', '=', version)
      .executeTakeFirst()
    return row && layerOf(row)
  }

  /** Adds a version, in this transaction. */
  async add(
    transaction: Database,
    layer: Required<Omit<LayerVersion, 'note'>> & { note?: string },
  ): Promise<void> {
    const { content, note = null, ...rest } = layer
    await transaction
      .insertInto('configuration_layers')
      .values({ ...rest, content: JSON.stringify(content), note })
      .execute()
  }
}
