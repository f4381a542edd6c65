import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from '../start-refused.ts'
import { openPool, type PostgresSettings } from './postgres.ts'

/** Lets go what was held. */
export type Release = () => void | Promise<void>

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

/**
 * Holds the tables of a PostgreSQL server for this fleet alone, by an advisory lock on a connection of its own. Throws
 * `StartRefused` when another fleet has them. INVARIANT: the lock ends with the connection, which the server gives up 25 s
 * after the last sign of a machine that is gone, so that a fleet that takes its place can come up.
 */
export const holdSchema = async (settings: PostgresSettings): Promise<Release> => {
  const pool = await openPool(settings, 1)
  const connection = await pool.connect()
  // A lock that broke away is not taken again: who came meanwhile has the right to it.
  connection.on('error', () => undefined)
  const release = async () => {
    connection.release(true)
    await pool.end()
  }
  try {
    await connection.query('set tcp_keepalives_idle = 10')
    await connection.query('set tcp_keepalives_interval = 5')
    await connection.query('set tcp_keepalives_count = 3')
    const { rows } = await connection.query<{ held: boolean }>(
      'select pg_try_advisory_lock($1, hashtext(current_schema())) as held',
      [lockClass],
    )
    if (!rows[0]?.held)
      throw new StartRefused('Another fleet runs on this store. AVYL_STORE sets another one.')
    return release
  } catch (thrown) {
    await release()
    throw thrown
  }
}
