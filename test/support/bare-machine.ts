import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { debianSet } from '../../provisioning/package/parts.ts'

const run = promisify(execFile)

/** A program that runs on the bare machine in the background. */
export interface Service {
  /** Whether it listens at an address that others can reach. */
  listensOutside(): Promise<boolean>
  /** As systemd does: SIGTERM, then its exit code. */
  stop(): Promise<number | null>
  /** Pulls the plug. */
  kill(): Promise<void>
}

/**
 * A Debian 12 of its own in a folder, with nothing of ours on it. It shares the network of this machine, so that a
 * fleet on loopback is there. Root is needed.
 */
export class BareMachine {
  readonly #root: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.#root = join(folder, 'root')
  }

  static async make(): Promise<BareMachine> {
    const machine = new BareMachine(await mkdtemp(join(tmpdir(), 'avyl-machine-')))
    const include = [
      'systemd',
      'udev',
      'libstdc++6',
      'tar',
      ...(await debianSet('terminal')),
      ...(await debianSet('fleet')),
    ].join(',')
    await run('mmdebstrap', ['--variant=minbase', `--include=${include}`, 'bookworm', machine.#root], {
      maxBuffer: 64 * 1024 * 1024,
    })
    await machine.write('etc/hosts', '127.0.0.1 localhost\n')
    await run('mount', ['-t', 'proc', 'proc', join(machine.#root, 'proc')])
    return machine
  }

  /** The place of a file of the machine. */
  path(name: string): string {
    return join(this.#root, name)
  }

  /** Runs a program on it to its end; gives what it printed. */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run('chroot', [this.#root, program, ...args], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  }

  async install(...packages: readonly string[]): Promise<void> {
    for (const file of packages) await copyFile(file, this.path(`tmp/${basename(file)}`))
    await this.run('dpkg', '--install', ...packages.map((file) => `/tmp/${basename(file)}`))
  }

  async write(name: string, value: unknown): Promise<void> {
    await writeFile(this.path(name), typeof value === 'string' ? value : JSON.stringify(value))
  }

  /** Starts what a unit of ours starts, as its user, in its state folder. */
  async startUnit(name: string): Promise<Service> {
    const unit = await this.run('cat', `/lib/systemd/system/${name}.service`)
    const all = (key: string) =>
      [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)
    const [user = ''] = all('User')
    const [state = ''] = all('StateDirectory')
    const [start = ''] = all('ExecStart')
    await this.run('install', '-d', '-o', user, '-g', user, '-m', '0700', `/var/lib/${state}`)
    const groups = (await this.run('id', '-G', user)).trim().split(' ')
    const log = openSync(join(this.#folder, `${name}.log`), 'a')
    const child = spawn(
      'setpriv',
      [
        ...[
          '--pdeathsig',
          'KILL',
          '--',
          'chroot',
          `--userspec=${user}:${user}`,
          `--groups=${groups.join(',')}`,
        ],
        ...[this.#root, '/usr/bin/env', '-i', ...all('Environment'), ...start.split(' ')],
      ],
      { stdio: ['ignore', log, log] },
    )
    closeSync(log)
    return serviceOf(child)
  }

  /** The log of a unit. */
  log(name: string): string {
    return join(this.#folder, `${name}.log`)
  }

  async remove(): Promise<void> {
    await run('umount', [this.path('proc')])
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const serviceOf = (child: ChildProcess): Service => {
  const gone = once(child, 'exit')
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = await gone
    return code as number | null
  }
  return {
    async listensOutside() {
      const { stdout } = await run('ss', ['--listening', '--tcp', '--numeric', '--processes', '--no-header'])
      const own = stdout.split('\n').filter((line) => line.includes(`pid=${child.pid},`))
      return own.some((line) => !/\s(127\.0\.0\.1|\[::1\]):\d+\s/.test(line))
    },
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
  }
}
