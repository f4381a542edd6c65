import { readdirSync, renameSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The terminal's one database: journal, outbox and the index of files, so that one flush covers them all. */
export interface Database {
  readonly sql: DatabaseSync
  /** Whether a damaged database was put aside for this one, now or at an earlier start: what it knew is lost. */
  readonly lost: boolean
  /**
   * Runs writes without a flush of their own: they survive the end of the process, and a power cut only from the
   * next flushed write on. INVARIANT: the log is written in order, so a flushed write never survives without the
   * unflushed ones before it.
   */
  unflushed<T>(write: () => T): T
  close(): void
}

// SQLITE_CORRUPT and SQLITE_NOTADB: the file is damaged. Whatever else is wrong may pass, and the file still be whole.
const corrupt = 11
const notADatabase = 26

const isDamage = (thrown: unknown) =>
  thrown instanceof Error &&
  'errcode' in thrown &&
  [corrupt, notADatabase].includes(Number(thrown.errcode) & 0xff)

const open = (path: string): DatabaseSync => {
  const sql = new DatabaseSync(path, { timeout: 5000 })
  try {
    // Exclusive: a second agent on the same data folder would break exactly-once, so it must not come up.
    sql.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    sql.exec('PRAGMA cache_size = -512; PRAGMA journal_size_limit = 1048576')
    const [check] = sql.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check !== 'ok')
      throw Object.assign(new Error('The database is damaged'), { errcode: corrupt })
    return sql
  } catch (thrown) {
    sql.close()
    throw thrown
  }
}

const asideOf = (path: string) => `${path}.damaged-`

/** The database itself goes first: from then on a power cut cannot hide the loss, and without it its log is not read. */
const putAside = (path: string) => {
  const stamp = Date.now()
  for (const part of ['', '-wal', '-shm']) {
    try {
      renameSync(`${path}${part}`, `${asideOf(path)}${stamp}${part}`)
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
    }
  }
}

/** What was put aside stays beside the new one and marks the loss: no other mark could be older than the new one. */
const liesAside = (path: string) =>
  readdirSync(dirname(path)).some((name) => name.startsWith(basename(asideOf(path))))

/**
 * Opens the database at `path` (`:memory:` keeps it in memory). A damaged one is put aside and a new one is begun,
 * because an unattended terminal has to come up. Throws when another process holds it, and when the disk fails or is
 * full: what a later start may read is not given up.
 */
export const openDatabase = (path: string): Database => {
  let sql: DatabaseSync
  try {
    sql = open(path)
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown
    putAside(path)
    sql = open(path)
  }
  return {
    sql,
    lost: path !== ':memory:' && liesAside(path),
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
