import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { parseConfig } from '../../agent/config.ts'
import type { Command, SigningKeyNews } from '../../fleet/api/schemas.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet } from '../../fleet/fleet.ts'
import { createApi } from '../../fleet/web/api.ts'
import { isFinal } from '../../protocol/messages.ts'
import { silent } from '../support/fleet.ts'
import { pdfOf } from '../support/plain-pdf.ts'

const terminal = 'arsk-1'

const soon = () => new Promise((resolve) => setTimeout(resolve, 20))

/** A whole fleet and a terminal that prints into memory. */
const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-rotation-'))
  const settings = readConfig({ AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_LOG_LEVEL: 'silent' })
  const fleet = createFleet({ ...settings, httpPort: 0, mqttPort: 0 }, silent)
  await fleet.start()
  await fleet.registerTerminal(terminal, 'Арча')
  const own = join(folder, 'agent')
  await mkdir(own)
  const { key, certificate, ca } = await fleet.issueTerminal(terminal)
  for (const [name, text] of Object.entries({ key, certificate, ca })) {
    await writeFile(join(own, `${name}.pem`), text, { mode: 0o600 })
  }
  const config = parseConfig(
    {
      deviceId: terminal,
      fleet: { host: '127.0.0.1', port: fleet.mqttPort },
      ...{ key: 'key.pem', certificate: 'certificate.pem', ca: 'ca.pem', dataFolder: 'data' },
    },
    own,
  )
  const printer = createFakePrinter()
  const agent = createAgent(config, { logger: silent, devices: { scanner: new FakeScanDriver(), printer } })
  await agent.start()
  const token = await fleet.createToken('test', 'admin')
  const api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
  const document = await api.upload(Buffer.from(await pdfOf(1)), 'application/pdf')

  /** Prints, and resolves to its id and the state in which it ended. */
  const print = async (): Promise<Pick<Command, 'id' | 'state'>> => {
    const { id } = await api.start(terminal, { name: 'printer.print', input: { document: document.id } })
    for (;;) {
      const command = await api.command(id)
      if (isFinal(command.state)) return command
      await soon()
    }
  }
  return {
    ...{ api, print },
    jobs: () => printer.jobs.map(({ name }) => name),
    async close() {
      await agent.stop()
      await fleet.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Four who print one after another until they are told to stop. */
const load = (print: () => Promise<Pick<Command, 'id' | 'state'>>) => {
  const done: Pick<Command, 'id' | 'state'>[] = []
  let goesOn = true
  const prints = async () => {
    while (goesOn) done.push(await print())
  }
  const all = Promise.all([prints(), prints(), prints(), prints()])
  return {
    done,
    async until(count: number) {
      while (done.length < count) await soon()
    },
    async end() {
      goesOn = false
      await all
    },
  }
}

const change = async (act: (parts: Awaited<ReturnType<typeof open>>) => Promise<SigningKeyNews[]>) => {
  const parts = await open()
  const { print, jobs, close } = parts
  const work = load(print)
  await work.until(4)
  const keys = await act(parts)
  await work.until(work.done.length + 8)
  await work.end()
  for (const { id, state } of work.done) {
    assert.is(state, 'succeeded')
    assert.is(jobs().filter((name) => name === `Avyl ${id}`).length, 1, 'it is printed once')
  }
  assert.is(jobs().length, work.done.length)
  await close()
  return keys
}

const underLoad = suite('the signing key, while people print')

underLoad('changes at once, and each command before, meanwhile and after has its effect once', async () => {
  const keys = await change(async ({ api }) => {
    await api.rotateSigningKey({ afterMs: 0 })
    return [...(await api.signingKeys())]
  })
  assert.equal(
    keys.map(({ state }) => state),
    ['signing', 'retired'],
  )
})

underLoad('is taken back, and each command has its effect once', async () => {
  const keys = await change(async ({ api }) => {
    const [{ id } = { id: '' }] = await api.signingKeys()
    await api.revokeSigningKey(id)
    const left = [...(await api.signingKeys())]
    assert.not.ok(left.some((key) => key.id === id))
    return left
  })
  assert.equal(
    keys.map(({ state }) => state),
    ['signing'],
  )
})

underLoad.run()
