import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StartRefused } from '../../../fleet/start-refused.ts'
import { holdSchema } from '../../../fleet/store/hold.ts'
import { openPool, type PostgresSettings } from '../../../fleet/store/postgres.ts'
import { startPostgres } from '../../support/postgres.ts'

const server = await startPostgres()

/** A store, what happens to the lock on it, and who waits for it. */
const open = async () => {
  const settings = await server.database()
  const pool = await openPool(settings, 2)
  const pids = async (granted: boolean) => {
    const locks = `select pid from pg_locks join pg_database on oid = database
      where locktype = 'advisory' and granted = $1 and datname = current_database()`
    return (await pool.query<{ pid: number }>(locks, [granted])).rows.map(({ pid }) => pid)
  }
  return {
    settings,
    pool,
    /** Resolves once another process than this one has the lock, or waits for it. */
    other: async (granted: boolean, than = 0) => {
      for (;;) {
        const [pid] = await pids(granted)
        if (pid !== undefined && pid !== than) return pid
      }
    },
  }
}

const unexpected = (reason: Error): never => {
  throw reason
}
const refusalOf = (settings: PostgresSettings) =>
  holdSchema(settings, unexpected).then(
    () => 'none',
    (error: Error) => error.message,
  )

const theLock = suite('the lock on the tables of a PostgreSQL server')

theLock('is taken again when its connection broke', async () => {
  const { settings, pool, other } = await open()
  const release = await holdSchema(settings, unexpected)
  for (let cut = 0; cut < 3; cut++) {
    const before = await other(true)
    await pool.query('select pg_terminate_backend($1)', [before])
    await other(true, before)
    assert.match(await refusalOf(settings), 'Another fleet runs')
  }
  await release()
  await (await holdSchema(settings, unexpected))()
  await pool.end()
})

theLock('is left to another fleet that came when its connection broke, with the reason', async () => {
  const { settings, pool, other } = await open()
  const told = Promise.withResolvers<StartRefused>()
  const release = await holdSchema(settings, told.resolve)
  const before = await other(true)
  const rival = pool.query('select pg_advisory_lock($1, hashtext(current_schema()))', [0x6176796c])
  await other(false)
  await pool.query('select pg_terminate_backend($1)', [before])
  await rival
  assert.is(
    String(await told.promise),
    'StartRefused: Another fleet runs on this store. AVYL_STORE sets another one.',
  )
  await release()
  await pool.end()
})

theLock('is nobody else’s while the server has not noticed that its connection broke', async () => {
  const { settings, pool, other } = await open()
  const folder = await mkdtemp(join(tmpdir(), 'avyl-line-'))
  const url = new URL(settings.url)
  const far = decodeURIComponent(url.hostname)
  const near: Socket[] = []
  const upstream: Socket[] = []
  const line = createServer((socket) => {
    const up = connect(join(far, '.s.PGSQL.5432'))
    near.push(socket)
    upstream.push(up)
    up.on('data', (data) => socket.write(data)).on('error', () => undefined)
    socket.on('data', (data) => up.write(data)).on('error', () => undefined)
  })
  line.listen(join(folder, '.s.PGSQL.5432'))
  await once(line, 'listening')
  const release = await holdSchema(
    { ...settings, url: `postgres://avyl@${encodeURIComponent(folder)}${url.pathname}` },
    unexpected,
  )
  const before = await other(true)
  near[0]?.destroy()
  while (upstream.length < 3) await once(line, 'connection')
  assert.is(await other(true), before, 'twice it was told that the lock is held')
  upstream[0]?.destroy()
  await other(true, before)
  await release()
  for (const socket of [...near, ...upstream]) socket.destroy()
  line.close()
  await pool.end()
  await rm(folder, { recursive: true })
})

theLock.after(() => server.stop())

theLock.run()
