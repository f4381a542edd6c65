import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { StartRefused } from '../start-refused.ts'
import { openPool, type PostgresSettings } from './postgres.ts'

/** Lets go what was held. */
export type Release = () => void | Promise<void>

/** Hears that another fleet has what this one held; nothing more may be written. */
export type Lost = (reason: StartRefused) => void

/** SQLite's result code of a lock that somebody else has. */
const busy = 5

/**
 * Holds the data folder for this fleet alone: two that write the same audit, the same files and the same signing keys
 * would break both. The lock is the system's, on `fleet.lock`, so it ends with the process, however that ends. Throws
 * `StartRefused` when another one has it.
 */
export const holdFolder = (folder: string): Release => {
  const lock = new DatabaseSync(join(folder, 'fleet.lock'))
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === busy)) throw cause
    throw new StartRefused(`Another fleet runs on ${folder}. AVYL_DATA_DIR sets another folder.`, { cause })
  }
  return () => lock.close()
}

/** The first half of the lock's number, ours by choice; the second one is the schema's. */
const lockClass = 0x6176796c

/** How long it takes until the lock of a connection that broke is tried for again, in milliseconds. */
const againAfterMs = 1000

/** A connection that has the lock, by the server's process for it. */
interface Held {
  readonly connection: PoolClient
  readonly pid: number
}

/**
 * Takes the lock on a connection of its own. Throws `StartRefused` when another fleet has it, and another error while the
 * one that has it is `before`, a connection that broke without the server's notice.
 */
const takeLock = async (pool: Pool, before?: Held): Promise<Held> => {
  const connection = await pool.connect()
  connection.on('error', () => undefined)
  try {
    await connection.query('set tcp_keepalives_idle = 10')
    await connection.query('set tcp_keepalives_interval = 5')
    await connection.query('set tcp_keepalives_count = 3')
    // Asked first, so that a lock that is let go in between is not taken for another fleet's.
    const own = await connection.query(
      "select from pg_locks where locktype = 'advisory' and granted and classid = $1 and pid = $2",
      [lockClass, before?.pid ?? 0],
    )
    const { rows } = await connection.query<{ pid: number; held: boolean }>(
      'select pg_backend_pid() as pid, pg_try_advisory_lock($1, hashtext(current_schema())) as held',
      [lockClass],
    )
    if (rows[0]?.held) return { connection, pid: rows[0].pid }
    if (own.rowCount !== 0) throw new Error('The server still keeps the lock of a connection that broke')
    throw new StartRefused('Another fleet runs on this store. AVYL_STORE sets another one.')
  } catch (thrown) {
    connection.release(true)
    throw thrown
  }
}

/**
 * Holds the tables of a PostgreSQL server for this fleet alone, by an advisory lock on a connection of its own. Throws
 * `StartRefused` when another fleet has them. INVARIANT: the lock ends with the connection, which the server gives up 25 s
 * after the last sign of a machine that is gone, so that a fleet that takes its place can come up. A lock that broke away
 * is taken again; where another fleet came meanwhile, that one has the right to it, and `lost` is told.
 */
export const holdSchema = async (settings: PostgresSettings, lost: Lost): Promise<Release> => {
  const pool = await openPool(settings, 1)
  const released = new AbortController()
  const { signal } = released
  const takeAgain = async (before: Held): Promise<Held | undefined> => {
    while (!signal.aborted) {
      try {
        return await takeLock(pool, before)
      } catch (thrown) {
        if (thrown instanceof StartRefused) {
          lost(thrown)
          return undefined
        }
        await wait(againAfterMs, undefined, { signal }).catch(() => undefined)
      }
    }
    return undefined
  }
  const keep = async (first: Held): Promise<void> => {
    for (let held: Held | undefined = first; held; held = await takeAgain(held)) {
      await once(held.connection, 'end', { signal }).catch(() => undefined)
      held.connection.release(true)
    }
  }
  try {
    const kept = keep(await takeLock(pool))
    return async () => {
      released.abort()
      await kept
      await pool.end()
    }
  } catch (thrown) {
    await pool.end()
    throw thrown
  }
}
