import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { createTables, type Tables, TelemetryDamaged, type Transaction } from './tables.ts'

const corrupt = 11
const notADatabase = 26

/** SQLite's own word for a file that it cannot read. */
const isDamage = (error: unknown): boolean => {
  const code = (error as { errcode?: unknown }).errcode
  return typeof code === 'number' && [corrupt, notADatabase].includes(code & 0xff)
}

/**
 * Opens the file of the vitals, or makes it. A killed process loses nothing, a power cut the last moments at most. What
 * finds the file damaged throws `TelemetryDamaged`.
 */
export const openSqliteTables = (file: string): Tables => {
  let database: DatabaseSync | undefined
  const statements = new Map<string, StatementSync>()
  const guarded = <T>(act: () => T): T => {
    try {
      return act()
    } catch (error) {
      if (isDamage(error)) throw new TelemetryDamaged('The file of the vitals is damaged', { cause: error })
      throw error
    }
  }
  const close = () => {
    statements.clear()
    if (database?.isOpen) database.close()
  }
  const open = (): DatabaseSync => {
    const opened = new DatabaseSync(file, { timeout: 5000 })
    database = opened
    opened.exec('PRAGMA journal_mode = WAL')
    opened.exec('PRAGMA synchronous = normal')
    for (const sql of createTables(' without rowid')) opened.exec(sql)
    return opened
  }
  const opened = guarded(() => {
    try {
      return open()
    } catch (error) {
      close()
      throw error
    }
  })
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const statement = opened.prepare(sql)
    statement.setReturnArrays(true)
    statements.set(sql, statement)
    return statement
  }
  const transaction: Transaction = {
    rows: async (sql, values) => guarded(() => prepared(sql).all(...values) as unknown as unknown[][]),
    // What SQLite joins it calls text, whatever bytes it is.
    joined: (column) => `cast(string_agg(${column}, '') as blob)`,
    run: async (sql, values) => guarded(() => void prepared(sql).run(...values)),
  }
  return {
    async transaction(act) {
      guarded(() => opened.exec('begin immediate'))
      try {
        const result = await act(transaction)
        guarded(() => opened.exec('commit'))
        return result
      } catch (error) {
        if (opened.isTransaction) opened.exec('rollback')
        throw error
      }
    },
    close: async () => close(),
  }
}

/** Moves a damaged file out of the way; the one that was put aside before goes. */
export const putAside = (file: string): string => {
  const aside = `${file}.damaged`
  for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  renameSync(file, aside)
  return aside
}
