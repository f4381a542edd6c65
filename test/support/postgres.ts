import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openPool, type PostgresSettings } from '../../fleet/store/postgres.ts'
import { startChild } from '../../simulator/child.ts'

const run = promisify(execFile)

/** Where Debian's postgresql-15 has its programs. */
const programs = '/usr/lib/postgresql/15/bin'

const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

/** A PostgreSQL server of a test's own, reached by a socket in a folder of its own. */
export interface PostgresServer {
  /** A new and empty database; its password lies in a file. */
  database(): Promise<PostgresSettings & { readonly passwordFile: string }>
  /** Ends it, whoever is connected, and removes everything. */
  stop(): Promise<void>
}

/** How a program is started as a user that PostgreSQL runs as: it refuses to be root. */
const unprivileged = async (): Promise<{ readonly prefix: readonly string[]; readonly uid?: number }> => {
  if (process.getuid?.() !== 0) return { prefix: [] }
  const { stdout } = await run('id', ['-u', 'postgres'])
  return {
    prefix: ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--pdeathsig=KILL', '--'],
    uid: Number(stdout),
  }
}

/** Starts Debian's server with nothing in it; what it writes is not worth a flush. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-postgres-'))
  const { prefix, uid } = await unprivileged()
  const password = 'пароль of a test / with @ all:sorts'
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  for (const path of uid === undefined ? [] : [folder, passwordFile]) await chown(path, uid ?? 0, -1)

  const command = (program: string, args: readonly string[]): [string, string[]] => {
    const [first = '', ...rest] = [...prefix, join(programs, program), ...args]
    return [first, rest]
  }
  const data = join(folder, 'data')
  const made = ['-D', data, '-U', 'avyl', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '-N']
  await run(...command('initdb', made), { cwd: folder, env: environment })

  const ready = Promise.withResolvers<void>()
  const said: string[] = []
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'shared_buffers=16MB',
    'jit=off',
  ]
  const server = startChild(
    ...command('postgres', ['-D', data, '-F', ...settings.flatMap((setting) => ['-c', setting])]),
    {
      cwd: folder,
      env: environment,
      onLine: (line) => {
        said.push(line)
        if (line.includes('ready to accept connections')) ready.resolve()
      },
    },
  )
  server.process.once('exit', () => ready.reject(new Error(said.join('\n'))))
  const settingsOf = (name: string) => ({
    url: `postgres://avyl@${encodeURIComponent(folder)}/${name}`,
    passwordFile,
  })
  let count = 0
  await ready.promise
  return {
    async database() {
      const name = `store_${++count}`
      const pool = await openPool(settingsOf('postgres'), 1)
      await pool.query(`create database ${name}`)
      await pool.end()
      return settingsOf(name)
    },
    async stop() {
      ready.promise.catch(() => undefined)
      if (server.process.exitCode === null && server.process.signalCode === null) {
        const ended = once(server.process, 'exit')
        // A fast shutdown: connections are cut.
        server.process.kill('SIGINT')
        await ended
      }
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
