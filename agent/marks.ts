import type { Database } from './database.ts'

/** Single facts that outlive a run, by name. */
export interface Marks {
  get(name: string): string | undefined
  /** Flushed when it returns. */
  set(name: string, value: string): void
}

/** The marks in `database`. */
export const createMarks = ({ sql }: Database): Marks => {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
  )
  const select = sql.prepare('SELECT value FROM mark WHERE name = ?')
  const upsert = sql.prepare(
    'INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  return {
    get(name) {
      const value = select.get(name)?.value
      return value === undefined ? undefined : String(value)
    },
    set(name, value) {
      upsert.run(name, value)
    },
  }
}
