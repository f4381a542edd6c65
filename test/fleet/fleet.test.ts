import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'
import mqtt from 'mqtt'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Artefact, Command, Terminal } from '../../fleet/api/schemas.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet, type Fleet } from '../../fleet/fleet.ts'
import type { Credentials } from '../../fleet/identity/authority.ts'
import { PortClosed } from '../../fleet/listening.ts'
import { StartRefused } from '../../fleet/start-refused.ts'
import type { CommandReport } from '../../protocol/messages.ts'
import { parseTopic, topics } from '../../protocol/topics.ts'
import { silent } from '../support/fleet.ts'

const folders: string[] = []
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-fleet-'))
  folders.push(folder)
  return folder
}

const configOf = (dataFolder: string, httpPort = 0, mqttPort = 0) => ({
  ...readConfig({ AVYL_DATA_DIR: dataFolder, AVYL_LOG_LEVEL: 'silent' }),
  httpPort,
  mqttPort,
})

/** A terminal that remembers each command it gets and answers as it is told. */
const connectTerminal = async (port: number, id: string, { key, certificate, ca }: Credentials) => {
  let seq = 0
  const envelope = () => ({ v: 1, ts: Date.now(), boot: 'b', run: 'r', seq: seq++ })
  const client = await mqtt.connectAsync({
    ...{ protocol: 'mqtts', host: '127.0.0.1', port, servername: 'localhost', key, cert: certificate, ca },
    ...{ clientId: id, clean: true, keepalive: 20, reconnectPeriod: 0, protocolVersion: 4 },
  })
  const commands: string[] = []
  const waiting: (() => void)[] = []
  client.on('message', (topic) => {
    const parsed = parseTopic(topic)
    if (parsed?.kind === 'command' && parsed.command) commands.push(parsed.command)
    for (const wake of waiting.splice(0)) wake()
  })
  await client.subscribeAsync(topics.down(id), { qos: 1 })
  await client.publishAsync(
    topics.presence(id),
    JSON.stringify({ ...envelope(), state: 'online', connection: 1, agent: '1.0.0' }),
    { qos: 1, retain: true },
  )
  return {
    commands,
    next: async (count: number) => {
      while (commands.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    report: (command: string, state: CommandReport['state'], more: object = {}) =>
      client.publishAsync(
        topics.commandReport(id, command),
        JSON.stringify({ ...envelope(), id: command, state, ...more }),
        { qos: 1 },
      ),
    close: () => client.endAsync(),
  }
}

const caller =
  (fleet: Pick<Fleet, 'url'>, token: string) =>
  async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${fleet.url}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }
const json = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

const aFleet = suite('a fleet')

aFleet.after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

aFleet('takes a command from its API to a terminal and its result back', async () => {
  const fleet = createFleet(configOf(await newFolder()), silent)
  assert.throws(() => fleet.url, /not running/)
  await fleet.start()
  const call = caller(fleet, await fleet.createToken('test', 'admin'))
  await fleet.createUser('expert', 'a long password', 'expert')
  await fleet.registerTerminal('t1', 'Арча')
  const terminal = await connectTerminal(fleet.mqttPort, 't1', await fleet.issueTerminal('t1'))
  const list = (await call('/terminals')).body as Terminal[]
  assert.is(list[0]?.state, 'online')
  assert.is(list[0]?.agent, '1.0.0')
  const asked = await call('/terminals/t1/commands', json({ name: 'printer.describe', input: {} }))
  assert.is(asked.status, 202)
  const { id } = asked.body as Command
  await terminal.next(1)
  assert.equal(terminal.commands, [id])
  await terminal.report(id, 'received')
  await terminal.report(id, 'failed', { error: { code: 'device-absent', text: 'x', retryable: true } })
  const command = (await call(`/commands/${id}`)).body as Command
  assert.is(command.error?.code, 'device-absent')
  await terminal.close()
  await fleet.stop()
  await fleet.stop()
})

aFleet('keeps a document that passed its checks and refuses one that did not', async () => {
  const fleet = createFleet(configOf(await newFolder()), silent)
  await fleet.start()
  const call = caller(fleet, await fleet.createToken('test', 'admin'))
  const send = (body: Uint8Array, type: string) =>
    call('/documents', { method: 'POST', body: Buffer.from(body), headers: { 'content-type': type } })
  const sharp = (await import('sharp')).default
  const picture = await sharp({ create: { width: 400, height: 600, channels: 3, background: 'white' } })
    .jpeg()
    .toBuffer()
  const kept = await send(picture, 'image/jpeg')
  assert.is(kept.status, 201, JSON.stringify(kept.body))
  const { id, pages, bytes } = kept.body as Artefact
  assert.is(pages, 1)
  assert.is(bytes, picture.length)
  const composed = await call(
    '/documents/from-pages',
    json({ pages: [{ artefact: id, rotate: 90 }, { artefact: id }] }),
  )
  assert.is(composed.status, 201, JSON.stringify(composed.body))
  assert.is((composed.body as Artefact).pages, 2)
  assert.is((composed.body as Artefact).mediaType, 'application/pdf')
  const damaged = await send(Buffer.from('%PDF-1.4 nothing'), 'application/pdf')
  assert.is(damaged.status, 422)
  assert.is((damaged.body as { code: string }).code, 'document-damaged')
  const text = await send(Buffer.from('no picture'), 'image/png')
  assert.is((text.body as { code: string }).code, 'document-damaged')
  const again = await call(
    '/documents/from-pages',
    json({ pages: [{ artefact: (composed.body as Artefact).id }] }),
  )
  assert.is(again.status, 400)
  await fleet.stop()
})

aFleet('that cannot open a port says which one and what moves it, and closes what it opened', async () => {
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const { port } = other.address() as AddressInfo
  const folder = await newFolder()
  const refusal = `Port ${port} of 127.0.0.1 is in use by another program.`
  for (const [http, mqtt, setting] of [
    [port, 0, 'AVYL_HTTP_PORT'],
    [0, port, 'AVYL_MQTT_PORT'],
  ] as const) {
    const fleet = createFleet(configOf(folder, http, mqtt), silent)
    const thrown: unknown = await fleet.start().catch((error: unknown) => error)
    assert.instance(thrown, PortClosed)
    assert.match((thrown as PortClosed).message, `${refusal} ${setting} sets another one`)
  }
  other.close()
  await once(other, 'close')
  // Both are free when they are tried: the second is found taken only when all else is open.
  const late: unknown = await createFleet(configOf(folder, port, port), silent)
    .start()
    .catch((error: unknown) => error)
  assert.instance(late, PortClosed)
  assert.match((late as PortClosed).message, `${refusal} AVYL_MQTT_PORT`)
  for (const [hosts, setting] of [
    [{ host: '192.0.2.7' }, 'AVYL_HOST'],
    [{ httpHost: '192.0.2.7' }, 'AVYL_HTTP_HOST'],
  ] as const) {
    const elsewhere: unknown = await createFleet({ ...configOf(folder), ...hosts }, silent)
      .start()
      .catch((error: unknown) => error)
    assert.instance(elsewhere, PortClosed)
    assert.is(
      (elsewhere as PortClosed).message,
      `192.0.2.7 is no address of this machine. ${setting} sets another one.`,
    )
  }
  const fleet = createFleet(configOf(folder, port), silent)
  await fleet.start()
  assert.is(fleet.url, `http://127.0.0.1:${port}`)
  await fleet.stop()
})

aFleet(
  'lets terminals in from elsewhere and people from this machine alone, where it is told so',
  async () => {
    // All of 127.0.0.0/8 is this machine's on Linux: another address of it stands for the network here.
    const fleet = createFleet(
      { ...configOf(await newFolder()), host: '127.0.0.2', httpHost: '127.0.0.1' },
      silent,
    )
    await fleet.start()
    assert.match(fleet.url, /^http:\/\/127\.0\.0\.1:/)
    const call = caller(fleet, await fleet.createToken('test', 'admin'))
    const { ca } = (await call('/door')).body as { readonly ca: string }
    const terminal = connectTls({ host: '127.0.0.2', port: fleet.mqttPort, ca, ALPNProtocols: ['http/1.1'] })
    await once(terminal, 'secureConnect')
    assert.ok(terminal.authorized, 'the certificate names the address that terminals are told')
    terminal.destroy()
    const elsewhere = await fetch(fleet.url.replace('127.0.0.1', '127.0.0.2')).catch(
      (error: Error) => error.cause,
    )
    assert.match(String(elsewhere), 'ECONNREFUSED')
    await fleet.stop()
  },
)

aFleet(
  'keeps its folder to itself: a second one does not start there, and the first one goes on',
  async () => {
    const folder = await newFolder()
    const [first, second] = [createFleet(configOf(folder), silent), createFleet(configOf(folder), silent)]
    await first.start()
    const refused: unknown = await second.start().catch((error: unknown) => error)
    assert.instance(refused, StartRefused)
    assert.is(
      (refused as StartRefused).message,
      `Another fleet runs on ${folder}. AVYL_DATA_DIR sets another folder.`,
    )
    await first.registerTerminal('t1', 'Kazan')
    await first.stop()
    await second.start()
    const call = caller(second, await second.createToken('test', 'admin'))
    assert.is((await call('/terminals/t1')).status, 200)
    await second.stop()
  },
)

/** The fleet as a process of its own, which can be killed. */
const startProcess = async (dataFolder: string, ports: { http: string; mqtt: string }) => {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, '../../fleet/main.ts')], {
    env: {
      PATH: process.env.PATH,
      AVYL_DATA_DIR: dataFolder,
      AVYL_HTTP_PORT: ports.http,
      AVYL_MQTT_PORT: ports.mqtt,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!child.stdout) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { msg: string; url: string; mqtt: number }
    if (said.msg === 'the fleet is ready') return { child, url: said.url, mqttPort: said.mqtt }
  }
  throw new Error('the fleet did not start')
}

aFleet('that is killed in the middle of its work loses no command and no outcome', async () => {
  const folder = await newFolder()
  const founding = createFleet(configOf(folder), silent)
  await founding.start()
  const token = await founding.createToken('test', 'admin')
  await founding.registerTerminal('t1', 'Арча')
  const credentials = await founding.issueTerminal('t1')
  await founding.stop()

  const accepted: string[] = []
  const settled = new Set<string>()
  for (let round = 0; round < 2; round++) {
    const fleet = await startProcess(folder, { http: '0', mqtt: '0' })
    const call = caller(fleet, token)
    const terminal = await connectTerminal(fleet.mqttPort, 't1', credentials)
    await terminal.next(accepted.length - settled.size)
    const exited = once(fleet.child, 'exit')
    const work = async () => {
      for (let count = 0; count < 40; count++) {
        const { body } = await call('/terminals/t1/commands', json({ name: 'printer.describe', input: {} }))
        accepted.push((body as Command).id)
        const id = accepted[count % 2 === 0 ? accepted.length - 1 : 0]
        if (id && !settled.has(id)) {
          await terminal.report(id, 'failed', { error: { code: 'busy', text: 'x', retryable: true } })
          settled.add(id)
        }
        if (count === 20 + round * 7) fleet.child.kill('SIGKILL')
      }
    }
    await work().catch(() => {})
    await exited
    await terminal.close()
  }

  const fleet = await startProcess(folder, { http: '0', mqtt: '0' })
  const call = caller(fleet, token)
  const terminal = await connectTerminal(fleet.mqttPort, 't1', credentials)
  const open = accepted.filter((id) => !settled.has(id))
  await terminal.next(open.length)
  for (const id of accepted) {
    const { status, body } = await call(`/commands/${id}`)
    assert.is(status, 200)
    const { state } = body as Command
    if (settled.has(id)) assert.is(state, 'failed', 'what was acknowledged is there')
    else assert.ok(state === 'sent' || state === 'failed')
  }
  assert.ok(
    open.every((id) => terminal.commands.includes(id) || id === ''),
    'what is not over is said again',
  )
  await terminal.close()
  fleet.child.kill('SIGTERM')
  const [code] = await once(fleet.child, 'exit')
  assert.is(code, 0)
  assert.not.match(await readFile(join(folder, 'fleet.db'), 'latin1'), new RegExp(token))
})

aFleet.run()
