import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type SimulatorChild, startChild } from './child.ts'
import { freePort } from './free-port.ts'

/** A `cupsd` of our own with one queue; nothing of it is seen by the system's own CUPS. */
export interface SimulatedCups {
  /** `ipp://localhost:…/printers/<queue>`. */
  readonly uri: string
  /** Stops the queue as an error in the printer does (cupsdisable). */
  pause(): Promise<void>
  stop(): Promise<void>
}

/** Starts a `cupsd` with a driverless queue to an IPP printer that is running. */
export const startCups = async (options: {
  readonly printer: string
  readonly queue?: string
}): Promise<SimulatedCups> => {
  const queue = options.queue ?? 'mfp'
  const home = await mkdtemp(join(tmpdir(), 'avyl-cups-'))
  const port = await freePort()
  let cupsd: SimulatorChild | undefined

  const administer = (command: string, ...rest: string[]): Promise<unknown> =>
    promisify(execFile)(command, ['-h', `127.0.0.1:${port}`, ...rest], { timeout: 10_000 })

  const stop = async (): Promise<void> => {
    await cupsd?.stop()
    await rm(home, { recursive: true, force: true })
  }

  try {
    await writeConfiguration(home, port)
    let ready = (): void => undefined
    const listening = new Promise<void>((resolve) => {
      ready = resolve
    })
    cupsd = startChild(
      'cupsd',
      ['-f', '-c', join(home, 'root/cupsd.conf'), '-s', join(home, 'cups-files.conf')],
      {
        cwd: home,
        env: { PATH: process.env.PATH ?? '' },
        deathSignal: 'TERM',
        onLine: (line) => {
          if (line.includes('Listening to 127.0.0.1')) ready()
        },
      },
    )
    const ended = once(cupsd.process, 'exit').then(() => {
      throw new Error('cupsd ended at once')
    })
    await Promise.race([listening, ended])
    ended.catch(() => undefined)
    await administer('lpadmin', '-p', queue, '-E', '-v', options.printer, '-m', 'everywhere')
    return {
      uri: `ipp://localhost:${port}/printers/${queue}`,
      async pause() {
        await administer('cupsdisable', queue)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const writeConfiguration = async (home: string, port: number): Promise<void> => {
  // Its filters run as another user, who must pass through.
  await chmod(home, 0o711)
  for (const folder of ['root', 'cache', 'state', 'spool', 'tmp']) await mkdir(join(home, folder))
  const files = [
    // cupsd refuses to run filters as root.
    ...(process.getuid?.() === 0 ? ['User lp', 'Group lp', 'SystemGroup root'] : []),
    `ServerRoot ${home}/root`,
    `CacheDir ${home}/cache`,
    `StateDir ${home}/state`,
    `RequestRoot ${home}/spool`,
    `TempDir ${home}/tmp`,
    `AccessLog ${home}/access_log`,
    `PageLog ${home}/page_log`,
    'ErrorLog stderr',
  ]
  const daemon = [
    `Listen 127.0.0.1:${port}`,
    'LogLevel info',
    'Browsing Off',
    'WebInterface No',
    'DefaultAuthType None',
    'JobRetryInterval 1',
    ...['<Policy default>', '<Limit All>', 'Order deny,allow', 'Allow all', '</Limit>', '</Policy>'],
    ...['<Location />', 'Order deny,allow', 'Allow all', '</Location>'],
  ]
  await writeFile(join(home, 'cups-files.conf'), `${files.join('\n')}\n`)
  await writeFile(join(home, 'root/cupsd.conf'), `${daemon.join('\n')}\n`)
}
