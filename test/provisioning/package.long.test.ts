import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findField } from '../../agent/setup/shell/field.ts'
import { agentLaunch, fleetLaunch } from '../../provisioning/launch.ts'

const build = (out: string): readonly string[] =>
  execFileSync(process.execPath, ['provisioning/package/build.ts', '--out', out, '--compression', 'none'], {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
    .trim()
    .split('\n')

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

/** The first line of a program's log whose message is this one. */
const saying = async (child: ChildProcess, message: string): Promise<Record<string, unknown>> => {
  assert.ok(child.stdout)
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as Record<string, unknown>
    if (entry.msg === message) return entry
  }
  throw new Error(`It ended without saying: ${message}`)
}

const stop = async (child: ChildProcess): Promise<number | null> => {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await gone
  return code as number | null
}

interface Built {
  readonly folder: string
  readonly packages: readonly string[]
  /** What lies below `/` once both are installed. */
  readonly root: string
}

const packages = suite<Built>('the packages')

packages.before(async (built) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-package-'))
  const root = join(folder, 'root')
  const files = build(join(folder, 'one'))
  for (const file of files) execFileSync('dpkg-deb', ['-x', file, root])
  Object.assign(built, { folder, root, packages: files })
})

packages.after(({ folder }) => rm(folder, { recursive: true, force: true }))

packages('are the same bytes when they are built again', ({ folder, packages: first }) => {
  const second = build(join(folder, 'two'))
  assert.is(second.length, 2)
  assert.equal(second.map(hashOf), first.map(hashOf))
})

packages('belong to root, and nobody else may write into them', ({ packages: files }) => {
  for (const file of files) {
    const lines = execFileSync('dpkg-deb', ['-c', file], { encoding: 'utf8' }).trim().split('\n')
    assert.ok(lines.length > 50)
    const others = lines.filter((line) => !/^[-d]r[w-][x-]r-[x-]r-[x-] root\/root /.test(line))
    assert.equal(others, [])
  }
})

packages('start their programs so that they stay small', async ({ root }) => {
  for (const [unit, { nodeArguments, environment }] of [
    ['avyl-agent', agentLaunch],
    ['avyl-fleet', fleetLaunch],
  ] as const) {
    const text = await readFile(join(root, `lib/systemd/system/${unit}.service`), 'utf8')
    assert.ok(text.includes(`/node ${nodeArguments.join(' ')} /usr/lib/${unit}/`))
    for (const [name, value] of Object.entries(environment)) {
      assert.ok(text.includes(`\nEnvironment=${name}=${value}\n`))
    }
    assert.not.match(text, /@[A-Z_]+@/)
  }
})

packages('let systemd shut their programs in: exposure 2.0 at most', ({ root }) => {
  for (const unit of ['avyl-agent', 'avyl-fleet']) {
    const file = join(root, `lib/systemd/system/${unit}.service`)
    execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', file], {
      stdio: 'pipe',
    })
  }
})

packages(
  'let the agent use a camera and a microphone that are plugged in after its start',
  async ({ root }) => {
    const unit = await readFile(join(root, 'lib/systemd/system/avyl-agent.service'), 'utf8')
    for (const [group, module] of [
      ['video4linux', 'videodev'],
      ['alsa', 'snd'],
    ]) {
      assert.match(unit, new RegExp(`^DeviceAllow=char-${group} rw$`, 'm'))
      for (const order of ['Wants', 'After']) {
        assert.match(unit, new RegExp(`^${order}=.*\\bmodprobe@${module}\\.service\\b`, 'm'))
      }
    }
  },
)

packages("let the agent see the process of the kiosk's browser", async ({ root }) => {
  const unit = await readFile(join(root, 'lib/systemd/system/avyl-agent.service'), 'utf8')
  assert.match(unit, /^ProtectProc=default$/m)
})

packages(
  'give the agent a file of its own among the quirks of ipp-usb, which follows no link',
  async ({ root, folder, packages: [agent = ''] }) => {
    const text = (name: string) => readFile(join(root, name), 'utf8')
    const { ippUsbQuirks } = JSON.parse(await text('usr/lib/avyl-agent/defaults.json')) as {
      readonly ippUsbQuirks: string
    }
    const unit = await text('lib/systemd/system/avyl-agent.service')
    assert.ok(unit.includes(`\nReadWritePaths=-${ippUsbQuirks}\n`))
    const made = (await text('usr/lib/tmpfiles.d/avyl-agent.conf'))
      .split('\n')
      .filter((line) => line.includes(ippUsbQuirks))
    assert.equal(made, [`f= ${ippUsbQuirks} 0644 avyl avyl -`])
    execFileSync('dpkg-deb', ['-e', agent, join(folder, 'control')])
    const purge = await readFile(join(folder, 'control/postrm'), 'utf8')
    assert.ok(purge.includes(`rm -rf /var/lib/avyl-agent ${ippUsbQuirks} /etc/avyl/agent.json\n`))
  },
)

packages(
  'hold no settings that a site edits: dpkg would stop an upgrade halfway to ask',
  ({ root, packages: files }) => {
    assert.not.ok(existsSync(join(root, 'etc')))
    for (const file of files) {
      const parts = execFileSync('dpkg-deb', ['--ctrl-tarfile', file])
      const names = execFileSync('tar', ['-t'], { input: parts, encoding: 'utf8' })
      assert.match(names, /postinst/)
      assert.not.match(names, /conffiles/)
    }
  },
)

packages('bring what looks for printers on the network', ({ packages: files }) => {
  const [agent = ''] = files
  const depends = execFileSync('dpkg-deb', ['-f', agent, 'Depends'], { encoding: 'utf8' })
  assert.ok(depends.trim().split(', ').includes('avahi-utils'), depends)
})

packages('hold no source of a test, no key and no module that only builds', ({ root }) => {
  for (const gone of [
    'test',
    'simulator',
    'node_modules/typescript',
    'node_modules/uvu',
    'node_modules/esbuild',
  ]) {
    assert.not.ok(existsSync(join(root, 'usr/lib/avyl-fleet', gone)), gone)
    assert.not.ok(existsSync(join(root, 'usr/lib/avyl-agent', gone)), gone)
  }
})

packages('bring a fleet manager that opens its doors', async ({ root, folder }) => {
  const lib = join(root, 'usr/lib/avyl-fleet')
  const child = spawn(join(lib, 'node'), [...fleetLaunch.nodeArguments, join(lib, 'fleet.js')], {
    env: {
      PATH: process.env.PATH,
      AVYL_DATA_DIR: join(folder, 'fleet'),
      AVYL_HTTP_PORT: '0',
      AVYL_MQTT_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = await saying(child, 'the fleet is ready')
  const page = await fetch(String(url))
  assert.is(page.status, 200)
  assert.match(await page.text(), /<html/)
  assert.is((await fetch(`${url}/api/v1/terminals`)).status, 401)
  assert.is(await stop(child), 0)
})

packages('bring the command line', ({ root }) => {
  const lib = join(root, 'usr/lib/avyl-fleet')
  const help = execFileSync(join(lib, 'node'), [join(lib, 'avyl.js'), '--help'], {
    encoding: 'utf8',
  })
  assert.match(help, /avyl/)
})

packages(
  "bring the technician's steps, which look where the agent of the package keeps its things",
  async ({ root }) => {
    const lib = join(root, 'usr/lib/avyl-agent')
    const { dataFolder } = JSON.parse(await readFile(join(lib, 'defaults.json'), 'utf8')) as {
      readonly dataFolder: string
    }
    const help = execFileSync(join(lib, 'node'), [join(lib, 'avyl-setup.js'), '--help'], { encoding: 'utf8' })
    assert.ok(help.includes(`(${dataFolder} unless told)`), help)
  },
)

packages('bring an agent that waits for its claim', async ({ root, folder }) => {
  const lib = join(root, 'usr/lib/avyl-agent')
  const file = join(folder, 'agent.json')
  const dataFolder = join(folder, 'agent')
  await writeFile(file, JSON.stringify({ dataFolder, setup: { port: 0 } }))
  const child = spawn(join(lib, 'node'), [...agentLaunch.nodeArguments, join(lib, 'agent.js')], {
    env: {
      PATH: process.env.PATH,
      AVYL_AGENT_DEFAULTS: join(lib, 'defaults.json'),
      AVYL_AGENT_CONFIG: file,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { steps } = await findField(dataFolder).state()
  assert.is(steps.claim.state, 'open')
  assert.is(await stop(child), 0)
})

packages.run()
