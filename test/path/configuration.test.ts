import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { type AgentConfigInput, parseConfig } from '../../agent/config.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet, type Fleet } from '../../fleet/fleet.ts'
import { createApi } from '../../fleet/web/api.ts'
import { configurationApi } from '../../fleet/web/configuration-api.ts'
import { isFinal } from '../../protocol/messages.ts'
import { silent } from '../support/fleet.ts'

const device = 'terminal-1'
const village = { scope: 'village', name: 'Арча' }
const program = fileURLToPath(new URL('../support/trial-agent.ts', import.meta.url))
/** A trial that is over as soon as the fleet has heard of it. */
const quick = { steadyMs: 0, longestMs: 5000, everyMs: 10 }

/** A fleet with its real broker, and what one terminal needs to come. */
const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-configuration-'))
  const settings = { ...readConfig({ AVYL_DATA_DIR: join(folder, 'fleet') }), httpPort: 0, mqttPort: 0 }
  let fleet: Fleet = createFleet(settings, silent)
  await fleet.start()
  await fleet.registerTerminal(device, 'Арча')
  const ports = { httpPort: Number(new URL(fleet.url).port), mqttPort: fleet.mqttPort }
  const { key, certificate, ca } = await fleet.issueTerminal(device)
  const files = {
    key: join(folder, 'key.pem'),
    certificate: join(folder, 'cert.pem'),
    ca: join(folder, 'ca.pem'),
  }
  await Promise.all([
    writeFile(files.key, key),
    writeFile(files.certificate, certificate),
    writeFile(files.ca, ca),
  ])
  const config = {
    ...{ deviceId: device, ...files, dataFolder: join(folder, 'agent') },
    fleet: { host: '127.0.0.1', port: ports.mqttPort },
    link: { backoffBaseMs: 10, backoffCapMs: 100 },
  }
  const configFile = join(folder, 'agent.json')
  await writeFile(configFile, JSON.stringify(config))
  const headers = { authorization: `Bearer ${await fleet.createToken('test', 'admin')}` }
  const api = createApi({ url: fleet.url, headers })
  const configuration = configurationApi(api)
  return {
    api,
    configuration,
    write: async (content: object) => {
      const { version } = await configuration.layer(village)
      return configuration.writeLayer(village, { content, version })
    },
    /** Resolves to what the fleet knows of the terminal's configuration once this holds. */
    async until(holds: (now: Awaited<ReturnType<typeof configuration.ofTerminal>>) => boolean) {
      for (;;) {
        const now = await configuration.ofTerminal(device)
        if (holds(now)) return now
        await sleep(50)
      }
    },
    async agent(more: Pick<AgentConfigInput, 'camera'> = {}) {
      const agent = createAgent(parseConfig({ ...config, ...more }), {
        logger: silent,
        devices: { scanner: new FakeScanDriver(), printer: createFakePrinter() },
        trial: quick,
      })
      await agent.start()
      return agent
    },
    mortalAgent: (): ChildProcess => fork(program, [configFile], { stdio: 'inherit' }),
    /** The whole fleet goes and comes back at the same address: its broker remembers nothing. */
    async restartFleet() {
      await fleet.stop()
      fleet = createFleet({ ...settings, ...ports }, silent)
      await fleet.start()
    },
    async close() {
      await fleet.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
type Open = Awaited<ReturnType<typeof open>>

const aTerminal = suite('a terminal and its configuration')
let opened: Open | undefined
const stops: (() => Promise<unknown>)[] = []
aTerminal.after.each(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  await opened?.close()
})
const begin = async () => {
  opened = await open()
  return opened
}

aTerminal(
  'catches up from one message with all that changed while it was away, and does as it says',
  async () => {
    const { api, agent, write, until } = await begin()
    const first = await agent()
    const before = await until(({ drift, reported }) => !drift && reported?.status === 'applied')
    await first.stop()
    await write({ logLevel: 'warn' })
    await write({ logLevel: 'warn', scan: { dpi: 150 } })
    await write({ features: { scanner: false } })
    const away = await until(({ drift }) => drift !== undefined)
    assert.is(away.drift?.reason, 'behind')
    assert.is(away.version, before.version + 3)
    const second = await agent()
    stops.push(() => second.stop())
    const after = await until(({ drift, reported }) => !drift && reported?.status === 'applied')
    assert.is(after.reported?.version, away.version)
    const { id } = await api.start(device, { name: 'scanner.describe', input: {} })
    for (;;) {
      const command = await api.command(id)
      if (isFinal(command.state)) {
        assert.is(command.error?.code, 'refused')
        break
      }
      await sleep(50)
    }
  },
)

aTerminal('keeps a new one also where it has a camera, which is no capability', async () => {
  const { api, agent, write, until } = await begin()
  const terminal = await agent({ camera: { path: '/dev/null' } })
  stops.push(() => terminal.stop())
  await until(({ drift, reported }) => !drift && reported?.status === 'applied')
  while (!(await api.terminal(device)).capabilities.camera) await sleep(50)
  await write({ features: { livePictures: false } })
  const { reported } = await until(
    ({ reported: said, version }) => said?.newest?.version === version && said.status !== 'trial',
  )
  assert.equal([reported?.status, reported?.errors], ['applied', []])
})

aTerminal('gets it also when the fleet and its broker were restarted meanwhile', async () => {
  const { agent, write, until, restartFleet } = await begin()
  const first = await agent()
  await until(({ drift }) => !drift)
  await first.stop()
  await write({ scan: { dpi: 200 } })
  await restartFleet()
  const second = await agent()
  stops.push(() => second.stop())
  const taken = await until(({ drift, reported }) => !drift && reported?.status === 'applied')
  assert.is(taken.desired.scan.dpi, 200)
  await restartFleet()
  await write({ scan: { dpi: 250 } })
  const later = await until(({ drift, reported }) => !drift && reported?.status === 'applied')
  assert.is(later.version, taken.version + 1)
})

aTerminal('that is killed twice under a new one goes back to the last good one and says so', async () => {
  const { agent, mortalAgent, write, until } = await begin()
  const first = await agent()
  const good = await until(({ drift, reported }) => !drift && reported?.status === 'applied')
  await first.stop()
  await write({ scan: { dpi: 400 } })
  let heard = good.reported?.at ?? 0
  for (let kill = 0; kill < 2; kill++) {
    const child = mortalAgent()
    const { reported } = await until(({ reported: said }) => said?.status === 'trial' && said.at > heard)
    heard = reported?.at ?? 0
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const last = mortalAgent()
  stops.push(async () => {
    const gone = once(last, 'exit')
    last.kill('SIGKILL')
    await gone
  })
  const back = await until(({ reported }) => reported?.status === 'rolledback')
  assert.is(back.reported?.version, good.version)
  assert.is(back.drift?.reason, 'rolledback')
  assert.match(back.reported?.errors[0]?.text ?? '', 'ended 2 times')
  await write({ scan: { dpi: 350 } })
  await until(({ reported, version }) => reported?.status === 'trial' && reported.version === version)
})

aTerminal.run()
