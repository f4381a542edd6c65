import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import type { AgentParts } from '../../agent/assembly.ts'
import { createLogger, createLogRing } from '../../agent/health/log.ts'
import { isFinal } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { commandMessage, silent } from '../support/agent-parts.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const device = 'terminal-1'
const fakes = { scanner: { driver: 'fake' }, printer: { driver: 'fake' } }

const village = async (parts: Partial<AgentParts> = {}, changes: object = fakes) => {
  const fleet = await openTerminalFleet()
  const config = await fleet.configure(device, changes)
  const agent = createAgent(config, { logger: silent, ...parts })
  const reports = (id: string) => fleet.said(device, 'commandReport').filter((report) => report.id === id)
  const finals = (id: string) => reports(id).filter(({ state }) => isFinal(state as 'received'))
  return {
    fleet,
    agent,
    config,
    reports,
    finals,
    async ask(name: string, input: unknown) {
      const message = commandMessage(name, input)
      await fleet.tell(device, 'command', message.id, message)
      await fleet.until(() => finals(message.id).length > 0)
      return finals(message.id)[0] ?? {}
    },
    async close() {
      await agent.stop()
      await fleet.close()
    },
  }
}

const aTerminal = suite('a terminal at its fleet')

aTerminal('is seen with what it can do, and says bye', async () => {
  const { fleet, agent } = await village()
  await agent.start()
  await fleet.until(() => {
    const [profile] = fleet.said(device, 'profile').slice(-1)
    return Object.keys((profile?.capabilities as object) ?? {}).length === 4
  })
  const [presence] = fleet.said(device, 'presence')
  assert.equal([presence?.state, presence?.connection], ['online', 1])
  assert.is(agent.isUp, true)
  await fleet.until(() => fleet.said(device, 'event').length > 0)
  assert.is(fleet.said(device, 'event')[0]?.type, 'agent-started')
  await agent.stop('maintenance')
  const last = fleet.said(device, 'presence').at(-1)
  assert.equal([last?.state, last?.reason], ['bye', 'maintenance'])
  await fleet.close()
})

aTerminal('scans: its pages come before its outcome', async () => {
  const { fleet, agent, ask, reports, close } = await village()
  await agent.start()
  await fleet.until(() => agent.isUp)
  const input = { source: 'flatbed', dpi: 75, mode: 'grey', format: 'jpeg' }
  const { state, result, id } = await ask('scanner.scan', input)
  assert.is(state, 'succeeded')
  const [page] = (result as { pages: { artefact: string }[] }).pages
  const parts = fleet.uploads.map(({ metadata }) => [metadata.artefact, metadata.part])
  assert.equal(parts, [
    [page?.artefact, 'preview'],
    [page?.artefact, 'original'],
  ])
  assert.ok(reports(String(id)).some(({ progress }) => (progress as { finished?: unknown })?.finished))
  assert.ok(fleet.bands.length > 0, 'the page was seen while it was scanned')
  await close()
})

aTerminal('prints a document of the fleet', async () => {
  const { fleet, agent, ask, close } = await village()
  await agent.start()
  await fleet.until(() => agent.isUp)
  const { id: document } = commandMessage('printer.print', {})
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
  fleet.documents.set(document, { mediaType: 'image/png', bytes: Buffer.from(png, 'base64') })
  const { state, error } = await ask('printer.print', { document })
  assert.equal([state, error], ['succeeded', undefined])
  const missing = await ask('printer.print', { document: '01a20035-f6ad-7085-a35f-88ddf884531a' })
  assert.is((missing.error as { code: string }).code, 'invalid')
  await close()
})

aTerminal('without devices answers that they are absent', async () => {
  const { fleet, agent, ask, close } = await village({}, {})
  await agent.start()
  await fleet.until(() => agent.isUp)
  for (const [name, input] of [
    ['scanner.describe', {}],
    ['printer.describe', {}],
    ['copier.copy', { source: 'flatbed' }],
  ] as const) {
    assert.is(((await ask(name, input)).error as { code: string }).code, 'device-absent', name)
  }
  await close()
})

aTerminal('answers before it restarts', async () => {
  const restarted = Promise.withResolvers<string>()
  const { fleet, agent, ask, finals, close } = await village({
    restart: (what) => restarted.resolve(`${what} after ${finals(asked).length}`),
  })
  let asked = ''
  await agent.start()
  await fleet.until(() => agent.isUp)
  const message = commandMessage('terminal.restart', { what: 'machine' })
  asked = message.id
  await fleet.tell(device, 'command', asked, message)
  assert.is(await restarted.promise, 'machine after 1')
  assert.is((await ask('terminal.selftest', {})).state, 'succeeded')
  await close()
})

aTerminal('tests itself and collects diagnostics without secrets', async () => {
  const logs = createLogRing()
  logs.write('{"msg":"mail to a.b@example.org failed"}\n')
  const { fleet, agent, ask, close } = await village({ logs })
  await agent.start()
  await fleet.until(() => agent.isUp)
  const { result } = await ask('terminal.selftest', {})
  const checks = (result as { checks: { name: string; ok: boolean }[] }).checks
  assert.equal(
    checks.map(({ name }) => name),
    ['line', 'clock', 'disk', 'database', 'scanner', 'printer', 'copier'],
  )
  await ask('terminal.diagnostics', {})
  const { gunzipSync } = await import('node:zlib')
  const bundle = gunzipSync(fleet.uploads.at(-1)?.bytes ?? Buffer.alloc(0)).toString('utf8')
  assert.is(JSON.parse(bundle).deviceId, device)
  assert.match(bundle, '[redacted] failed')
  await close()
})

aTerminal(
  'measures itself, shows its log to who asks, and restarts its kiosk where it knows how',
  async () => {
    const logs = createLogRing()
    const logger = createLogger('info', logs, { write() {} })
    const { fleet, agent, ask, close } = await village({ logs, logger })
    logger.info({ snils: '112-233-445 95' }, 'something happened')
    await agent.start()
    await fleet.until(() => fleet.said(device, 'telemetry').length > 0)
    const [first] = fleet.said(device, 'telemetry')
    const metrics = first?.metrics as string[]
    for (const name of ['memory', 'disk', 'agent_memory', 'outbox', 'certificate'])
      assert.ok(metrics.includes(name), name)
    const { state } = await ask('terminal.logs', { seconds: 1 })
    assert.is(state, 'succeeded')
    const shown = JSON.stringify(fleet.said(device, 'log'))
    assert.match(shown, 'something happened')
    assert.not.match(shown, '445 95')
    const refused = await ask('terminal.restart', { what: 'kiosk' })
    assert.is((refused.error as { code: string }).code, 'unsupported')
    await ask('terminal.diagnostics', {})
    const { gunzipSync } = await import('node:zlib')
    const bundle = JSON.parse(gunzipSync(fleet.uploads.at(-1)?.bytes ?? Buffer.alloc(0)).toString('utf8'))
    assert.is(bundle.configuration.uplink.telemetrySeconds, 60)
    assert.is(bundle.setUp.scanner.driver, 'fake')
    for (const name of ['key', 'certificate', 'claim', 'identity']) assert.not(name in bundle.setUp, name)
    assert.equal(bundle.evidence, [])
    await close()
  },
)

aTerminal('starts without a fleet, and finds it later', async () => {
  const fleet = await openTerminalFleet()
  const config = await fleet.configure(device, fakes)
  await fleet.close()
  const agent = createAgent(config, { logger: silent })
  await agent.start()
  assert.is(agent.isUp, false)
  await agent.stop()
  const again = createAgent(config, { logger: silent })
  await again.start()
  await again.stop()
})

aTerminal('whose record of commands was damaged knows it over a power cut without a line', async () => {
  const { fleet, config, agent, finals, close } = await village()
  const stateOf = async (issuedAt: number) => {
    const print = commandMessage('printer.print', { document: uuidv7() }, { issuedAt })
    await fleet.tell(device, 'command', print.id, print)
    await fleet.until(() => finals(print.id).length > 0)
    return finals(print.id)[0]?.state
  }
  await mkdir(config.dataFolder, { recursive: true })
  await writeFile(join(config.dataFolder, 'agent.db'), Buffer.alloc(8192, 'no database'))
  const cutOff = createAgent({ ...config, fleet: { host: '127.0.0.1', port: 1 } }, { logger: silent })
  await cutOff.start()
  await cutOff.stop()
  const before = Date.now() - 1000
  await agent.start()
  await fleet.until(() => agent.isUp)
  assert.is(await stateOf(before), 'unknown')
  assert.is(await stateOf(Date.now()), 'failed', 'it ran, and its document was not there')
  await close()
})

aTerminal.run()
