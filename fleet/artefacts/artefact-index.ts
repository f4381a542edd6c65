import type { Database } from '../store/database.ts'
import type { ArtefactRow, NewArtefactRow } from '../store/schema.ts'

/** The columns that a part fills. */
export type PartColumns =
  | Pick<NewArtefactRow, 'sha256' | 'bytes' | 'media_type'>
  | Pick<NewArtefactRow, 'preview_sha256' | 'preview_bytes'>

/** What the fleet knows of its files: the table `artefacts`. */
export class ArtefactIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  find(id: string): Promise<ArtefactRow | undefined> {
    return this.#database.selectFrom('artefacts').selectAll().where('id', '=', id).executeTakeFirst()
  }

  ofCommand(command: string): Promise<ArtefactRow[]> {
    return this.#database
      .selectFrom('artefacts')
      .selectAll()
      .where('command', '=', command)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  }

  async insert(row: NewArtefactRow): Promise<void> {
    await this.#database.insertInto('artefacts').values(row).execute()
  }

  async fill(id: string, columns: PartColumns): Promise<void> {
    await this.#database.updateTable('artefacts').set(columns).where('id', '=', id).execute()
  }

  /** From now on it counts as erased; its row tells that it was there. */
  async markErased(id: string, at: number): Promise<void> {
    await this.#database
      .updateTable('artefacts')
      .set({ erased_at: at })
      .where('id', '=', id)
      .where('erased_at', 'is', null)
      .execute()
  }

  /** Whether some artefact that is not erased has these bytes, as its original or as its preview. */
  async uses(sha256: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('artefacts')
      .select('id')
      .where('erased_at', 'is', null)
      .where((where) => where.or([where('sha256', '=', sha256), where('preview_sha256', '=', sha256)]))
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Every content hash that is in use. */
  async hashes(): Promise<Set<string>> {
    const rows = await this.#database
      .selectFrom('artefacts')
      .select(['sha256', 'preview_sha256'])
      .where('erased_at', 'is', null)
      .execute()
    return new Set(
      rows.flatMap(({ sha256, preview_sha256 }) => [sha256, preview_sha256 ?? '']).filter(Boolean),
    )
  }

  /** Ids of artefacts whose time is over, the oldest first. */
  async due(now: number, most: number): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('artefacts')
      .select('id')
      .where('erased_at', 'is', null)
      .where('erase_at', '<=', now)
      .orderBy('erase_at')
      .limit(most)
      .execute()
    return rows.map(({ id }) => id)
  }
}
