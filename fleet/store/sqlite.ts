import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/** How a commit is made durable: both outlive a killed process, only `full` outlives a power cut at once. */
export type Synchronous = 'normal' | 'full'

const keptStatements = 200

/**
 * `node:sqlite` in the form that kysely's SQLite dialect asks for, with prepared statements kept by their text.
 * `file` may be `:memory:`.
 */
export const sqliteDialect = (file: string, synchronous: Synchronous): Dialect =>
  new SqliteDialect({
    database: async () => {
      const database = new DatabaseSync(file, { timeout: 5000 })
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(`PRAGMA synchronous = ${synchronous}`)
      database.exec('PRAGMA foreign_keys = ON')
      const statements = new Map<string, StatementSync>()
      const prepare = (sql: string): StatementSync => {
        const kept = statements.get(sql)
        if (kept) return kept
        const statement = database.prepare(sql)
        const oldest = statements.size >= keptStatements ? statements.keys().next().value : undefined
        if (oldest !== undefined) statements.delete(oldest)
        statements.set(sql, statement)
        return statement
      }
      return {
        close: () => {
          statements.clear()
          database.close()
        },
        prepare: (sql) => {
          const statement = prepare(sql)
          return {
            reader: statement.columns().length > 0,
            // node:sqlite gives rows without a prototype, other drivers plain objects.
            all: (parameters) => statement.all(...(parameters as SQLInputValue[])).map((row) => ({ ...row })),
            run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
            iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
          }
        },
      }
    },
  })
