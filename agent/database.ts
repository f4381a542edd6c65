import { renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The terminal's one database: journal, outbox and the index of files, so that one flush covers them all. */
export interface Database {
  readonly sql: DatabaseSync
  /** Whether a damaged database had to be put aside at the start: what it knew is lost. */
  readonly lost: boolean
  /**
   * Runs writes without a flush of their own: they survive the end of the process, and a power cut only from the
   * next flushed write on. INVARIANT: the log is written in order, so a flushed write never survives without the
   * unflushed ones before it.
   */
  unflushed<T>(write: () => T): T
  close(): void
}

const open = (path: string): DatabaseSync => {
  const sql = new DatabaseSync(path, { timeout: 5000 })
  try {
    // Exclusive: a second agent on the same data folder would break exactly-once, so it must not come up.
    sql.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    sql.exec('PRAGMA cache_size = -512; PRAGMA journal_size_limit = 1048576')
    const [check] = sql.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check !== 'ok') throw new Error('The database is damaged')
    return sql
  } catch (thrown) {
    sql.close()
    throw thrown
  }
}

// SQLite result codes: a lock held by another process is no damage.
const busy = 5

const isBusy = (thrown: unknown) =>
  thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === busy

const putAside = (path: string) => {
  const stamp = Date.now()
  for (const part of ['', '-wal', '-shm']) {
    try {
      renameSync(`${path}${part}`, `${path}.damaged-${stamp}${part}`)
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
    }
  }
}

/**
 * Opens the database at `path` (`:memory:` keeps it in memory). A damaged one is put aside and a new one is begun,
 * because an unattended terminal has to come up. Throws when another process holds it.
 */
export const openDatabase = (path: string): Database => {
  let lost = false
  let sql: DatabaseSync
  try {
    sql = open(path)
  } catch (thrown) {
    if (path === ':memory:' || isBusy(thrown)) throw thrown
    putAside(path)
    sql = open(path)
    lost = true
  }
  return {
    sql,
    lost,
    unflushed(write) {
      sql.exec('PRAGMA synchronous = NORMAL')
      try {
        return write()
      } finally {
        sql.exec('PRAGMA synchronous = FULL')
      }
    },
    close: () => sql.close(),
  }
}
