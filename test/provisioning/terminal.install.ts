import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../fleet/config.ts'
import { createFleet, type Fleet } from '../../fleet/fleet.ts'
import { type Api, createApi } from '../../fleet/web/api.ts'
import { isFinal } from '../../protocol/messages.ts'
import type { SetupState } from '../../protocol/setup.ts'
import { openEvents } from '../../simulator/live-events.ts'
import { allThere } from '../../simulator/village-run.ts'
import { BareMachine } from '../support/bare-machine.ts'
import { silent } from '../support/fleet.ts'
import { type Station, startMfpStation } from '../support/village/stations.ts'

const run = promisify(execFile)

const village = { device: 'kitelga', village: 'Кителга' }
const serial = 'TEST-0002'

interface Site {
  readonly folder: string
  readonly machine: BareMachine
  readonly fleet: Fleet
  readonly api: Api
  readonly station: Station
  readonly packages: readonly string[]
}

const aMachine = suite<Site>('a bare Debian machine')

aMachine.before(async (site) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-install-'))
  const settings = { AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' }
  const fleet = createFleet(readConfig(settings), silent)
  await fleet.start()
  const api = createApi({
    url: fleet.url,
    headers: { authorization: `Bearer ${await fleet.createToken('test', 'admin')}` },
  })
  const station = await startMfpStation({ id: village.device, folder, printer: { documentWaitMs: 1000 } })
  const packages = ['agent', 'fleet'].map((name) =>
    join(
      import.meta.dirname,
      `../../build/avyl-${name}_0.1.0_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`,
    ),
  )
  Object.assign(site, { folder, fleet, api, station, packages, machine: await BareMachine.make() })
})

aMachine.after(async ({ folder, machine, fleet, station }) => {
  await machine?.remove()
  await station.stop()
  await fleet.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The same package as it was when its settings were a conffile with other words. */
const asOlder = async (file: string, conffile: string, tree: string): Promise<string> => {
  await run('dpkg-deb', ['--raw-extract', file, tree])
  await mkdir(dirname(join(tree, conffile)), { recursive: true })
  await writeFile(join(tree, conffile), '{}\n')
  await writeFile(join(tree, 'DEBIAN/conffiles'), `/${conffile}\n`)
  await run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, `${tree}-older.deb`])
  return `${tree}-older.deb`
}

const command = async ({ api }: Site, name: string, input: object) => {
  const { id } = await api.start(village.device, { name, input })
  for await (const _ of await openEvents(api, `/commands/${id}/events`)) {
    // Until its end.
  }
  const ended = await api.command(id)
  assert.ok(isFinal(ended.state))
  assert.is(ended.state, 'succeeded', JSON.stringify(ended.error))
  return ended.result
}

aMachine(
  'is upgraded by itself from packages whose settings were conffiles that a site edited',
  async (site) => {
    const { folder, machine, packages } = site
    const kept = ['etc/avyl/agent.json', 'etc/avyl/fleet.env']
    const older = await Promise.all(
      packages.map((file, at) => asOlder(file, kept[at] ?? '', join(folder, basename(file, '.deb')))),
    )
    await machine.install(...older)
    const edited = ['{"village": "Кителга"}', 'AVYL_HTTP_PORT=0\n']
    for (const [at, file] of kept.entries()) await machine.write(file, edited[at])
    await machine.install(...packages)
    for (const [at, file] of kept.entries()) assert.is(await readFile(machine.path(file), 'utf8'), edited[at])
    await machine.run('dpkg', '--purge', 'avyl-agent', 'avyl-fleet')
    assert.is(await machine.run('sh', '-c', `cd / && ls -d ${kept.join(' ')} 2>/dev/null || true`), '')
  },
)

aMachine('takes both packages, whose units systemd finds in order', async ({ machine, packages }) => {
  await machine.install(...packages)
  for (const unit of ['avyl-agent', 'avyl-fleet']) {
    const file = `/lib/systemd/system/${unit}.service`
    assert.is(await machine.run('systemd-analyze', 'verify', file), '')
    assert.is((await machine.run('systemctl', 'is-enabled', unit)).trim(), 'enabled')
  }
})

aMachine(
  'becomes a terminal with three inputs, scans and prints, and listens to nobody outside',
  async (site) => {
    const { machine, fleet, api, station } = site
    const { ca } = (await (await api.send('GET', '/door')).json()) as { readonly ca: string }
    await machine.write('etc/avyl/ca.pem', ca)
    await machine.write('etc/avyl/agent.json', {
      fleet: { host: '127.0.0.1', port: fleet.mqttPort },
      ...{ ca: 'ca.pem', serial, scanner: station.scanner, printer: station.printer },
      profiles: { terminal: 'simulated', mfp: 'simulated' },
      link: { backoffBaseMs: 50, backoffCapMs: 1000 },
    })
    const agent = await machine.startUnit('avyl-agent')
    const { code } = await fleet.createClaim({ ...village, depot: true, serial })
    const walk = async (...args: readonly string[]) => {
      const text = await machine
        .run('avyl-setup', '--json', '--wait', '--yes', ...args)
        .catch(({ stdout }: { readonly stdout: string }) => stdout)
      return JSON.parse(text) as SetupState
    }
    const first = await walk('--code', code)
    assert.is(first.steps.print.state, 'done', JSON.stringify(first.steps))
    const last = station.paper.jobs.at(-1)
    assert.ok(last)
    await station.mfp?.layPrint(last.file)
    const second = await walk()
    assert.is(second.steps.handover.state, 'done', JSON.stringify(second.steps))
    await allThere(api, [village.device])
    const { document } = (await command(site, 'scanner.scan', {
      ...{ source: 'flatbed', dpi: 75, mode: 'grey', format: 'pdf' },
    })) as { readonly document: string }
    await command(site, 'printer.print', { document })
    assert.is(await agent.listensOutside(), false)
    assert.is(await agent.stop(), 0)
  },
)

aMachine('keeps who it is when the package is removed and installed again', async (site) => {
  const { machine, api, packages } = site
  const [agentPackage = ''] = packages
  await machine.run('dpkg', '--remove', 'avyl-agent')
  assert.not.ok(await machine.run('sh', '-c', 'ls /usr/lib/avyl-agent 2>/dev/null || true'))
  await machine.install(agentPackage)
  const agent = await machine.startUnit('avyl-agent')
  await allThere(api, [village.device])
  await command(site, 'scanner.describe', {})
  await agent.kill()
  const again = await machine.startUnit('avyl-agent')
  await command(site, 'printer.describe', {})
  assert.is(await again.stop(), 0)
})

aMachine('forgets everything when the package is purged', async ({ machine }) => {
  await machine.run('dpkg', '--purge', 'avyl-agent')
  const left = ['/var/lib/avyl-agent', '/etc/ipp-usb/quirks/avyl.conf', '/etc/avyl/agent.json']
  assert.is(await machine.run('sh', '-c', `ls -d ${left.join(' ')} 2>/dev/null || true`), '')
})

aMachine.run()
