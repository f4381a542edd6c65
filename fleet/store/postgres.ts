import { readFile } from 'node:fs/promises'
import { type Dialect, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'

/** How a PostgreSQL server is reached. */
export interface PostgresSettings {
  /** `postgres://user@host:port/database`; a password in it is never told to anyone. */
  readonly url: string
  /** The file that holds the password; without it the URL, or PGPASSFILE. */
  readonly passwordFile?: string
}

/** PostgreSQL's numbers of the types that do not come as numbers by themselves. */
const int8 = 20
const numeric = 1700

/** A 64-bit integer as a number; throws a `RangeError` for one that no number holds exactly. */
const safeInteger = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError('An integer of the store is beyond the safe range')
  return number
}

/** The address with the password that lies in the file. */
const addressOf = async ({ url, passwordFile }: PostgresSettings): Promise<string> => {
  if (passwordFile === undefined) return url
  const address = new URL(url)
  address.password = encodeURIComponent((await readFile(passwordFile, 'utf8')).trim())
  return address.href
}

/** A pool of at most `connections`, not yet connected. Values come as with SQLite: integers and sums as numbers. */
export const openPool = async (settings: PostgresSettings, connections: number): Promise<Pool> => {
  const { Pool, types } = await import('pg')
  const getTypeParser: typeof types.getTypeParser = (type: number, format?: string) => {
    if (type === int8) return safeInteger
    if (type === numeric) return Number
    return types.getTypeParser(type, format as 'text')
  }
  const pool = new Pool({
    connectionString: await addressOf(settings),
    max: connections,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // After another 10 s without a sign Node gives a connection up: earlier than the server gives up the fleet's lock.
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'avyl',
    types: { getTypeParser },
  })
  // A connection that breaks while nobody uses it is replaced by the next use; one in use tells its user.
  pool.on('error', () => undefined)
  return pool
}

/** The whole store in PostgreSQL. */
export const postgresDialect = (settings: PostgresSettings): Dialect =>
  new PostgresDialect({ pool: () => openPool(settings, storeConnections) })

/**
 * What reads before it writes does so in a transaction, or alone for its key; with one connection statements take turns
 * as they do with SQLite, so both stores behave alike whatever runs at the same time.
 */
const storeConnections = 1
