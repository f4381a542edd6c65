import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { UploadMetadata } from '../../protocol/door.ts'
import type { Database } from '../database.ts'
import type { ArtefactKind } from './artefacts.ts'

/** What is to be done next for a file: its preview is sent, then its original; then it is over. */
export type ArtefactPhase = 'preview' | 'original' | 'delivered' | 'lost'

/** One part of an artefact as it lies sealed on the disk. */
export interface KeptPart {
  readonly bytes: number
  readonly sha256: string
  readonly url?: string
}

/** What the terminal knows of one artefact. */
export interface KeptArtefact {
  readonly id: string
  readonly command: string
  readonly kind: ArtefactKind
  readonly mediaType: UploadMetadata['mediaType']
  readonly phase: ArtefactPhase
  readonly original: KeptPart
  readonly preview?: KeptPart
}

/** A scanned page that is kept, without its id. */
export type PageFacts = Omit<ScannedPage, 'artefact'>

/** The index of the terminal's artefacts: what has no row there was never given out. */
export interface ArtefactIndex {
  /** Flushed when it returns, and never without what is known of the page. */
  add(artefact: KeptArtefact, page?: PageFacts): void
  get(id: string): KeptArtefact | undefined
  keptBy(command: string): readonly string[]
  /** The pages that a scan kept, in their order. */
  pagesOf(command: string): readonly ScannedPage[]
  /** Artefacts in this phase, oldest first. */
  inPhase(phase: ArtefactPhase): readonly KeptArtefact[]
  /** Flushed when it returns. */
  move(id: string, phase: ArtefactPhase): void
  /** Remembers where the fleet awaits the rest of a part; `undefined` forgets it. */
  awaited(id: string, part: 'preview' | 'original', url: string | undefined): void
  /** Sealed bytes of what is not delivered. */
  bytes(): number
  /** Forgets what was delivered or lost long ago. */
  forget(olderThan: number): void
}

const partOf = (row: Record<string, unknown>, part: 'preview' | 'original'): KeptPart | undefined => {
  const sha256 = row[`${part}_sha256`]
  if (typeof sha256 !== 'string') return undefined
  const url = row[`${part}_url`]
  return { bytes: Number(row[`${part}_bytes`]), sha256, ...(typeof url === 'string' ? { url } : {}) }
}

const artefactOf = (row: Record<string, unknown>): KeptArtefact => {
  const preview = partOf(row, 'preview')
  const original = partOf(row, 'original')
  if (!original) throw new Error('An artefact without an original')
  return {
    id: String(row.id),
    command: String(row.command),
    kind: row.kind as ArtefactKind,
    mediaType: row.media_type as KeptArtefact['mediaType'],
    phase: row.phase as ArtefactPhase,
    original,
    ...(preview ? { preview } : {}),
  }
}

/** The index in `database`; `now` stamps the rows. */
export const createArtefactIndex = (database: Database, now: () => number): ArtefactIndex => {
  const { sql } = database
  sql.exec(`CREATE TABLE IF NOT EXISTS artefact (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    phase TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    original_bytes INTEGER NOT NULL,
    original_sha256 TEXT NOT NULL,
    original_url TEXT,
    preview_bytes INTEGER,
    preview_sha256 TEXT,
    preview_url TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS page (artefact TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS artefact_command ON artefact (command);
  CREATE INDEX IF NOT EXISTS artefact_phase ON artefact (phase, number)`)
  const insert = sql.prepare(`INSERT INTO artefact
    (id, command, kind, media_type, phase, kept_at, original_bytes, original_sha256, preview_bytes, preview_sha256)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertPage = sql.prepare('INSERT INTO page (artefact, facts) VALUES (?, ?)')
  const pagesOf = sql.prepare(`SELECT artefact, facts FROM page JOIN artefact ON artefact.id = page.artefact
    WHERE artefact.command = ? ORDER BY artefact.number`)
  const select = sql.prepare('SELECT * FROM artefact WHERE id = ?')
  const ofCommand = sql.prepare('SELECT id FROM artefact WHERE command = ? ORDER BY number')
  const inPhase = sql.prepare('SELECT * FROM artefact WHERE phase = ? ORDER BY number')
  const move = sql.prepare('UPDATE artefact SET phase = ? WHERE id = ?')
  const awaited = {
    preview: sql.prepare('UPDATE artefact SET preview_url = ? WHERE id = ?'),
    original: sql.prepare('UPDATE artefact SET original_url = ? WHERE id = ?'),
  }
  const sum = sql.prepare(`SELECT coalesce(sum(original_bytes), 0) AS bytes FROM artefact
    WHERE phase IN ('preview', 'original')`)
  const forget = sql.prepare(`DELETE FROM artefact WHERE phase IN ('delivered', 'lost') AND kept_at < ?`)
  const forgetPages = sql.prepare('DELETE FROM page WHERE artefact NOT IN (SELECT id FROM artefact)')

  return {
    add({ id, command, kind, mediaType, phase, original, preview }, page) {
      // Flushed together with the row below, which alone makes the artefact known.
      if (page) database.unflushed(() => insertPage.run(id, JSON.stringify(page)))
      const ofPreview = [preview?.bytes ?? null, preview?.sha256 ?? null]
      const ofOriginal = [original.bytes, original.sha256]
      insert.run(id, command, kind, mediaType, phase, now(), ...ofOriginal, ...ofPreview)
    },
    get(id) {
      const row = select.get(id)
      return row && artefactOf(row)
    },
    keptBy: (command) => ofCommand.all(command).map((row) => String(row.id)),
    pagesOf: (command) =>
      pagesOf.all(command).map(({ artefact, facts }) => ({
        artefact: String(artefact),
        ...(JSON.parse(String(facts)) as PageFacts),
      })),
    inPhase: (phase) => inPhase.all(phase).map(artefactOf),
    move(id, phase) {
      move.run(phase, id)
    },
    awaited(id, part, url) {
      database.unflushed(() => awaited[part].run(url ?? null, id))
    },
    bytes: () => Number(sum.get()?.bytes),
    forget(olderThan) {
      database.unflushed(() => {
        forget.run(olderThan)
        forgetPages.run()
      })
    },
  }
}
