import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Agent, createAgent } from '../../agent/agent.ts'
import { createFakePrinter, type FakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { systemClock } from '../../fleet/clock.ts'
import { loadKeys } from '../../fleet/signing/key-file.ts'
import { Keyring } from '../../fleet/signing/keyring.ts'
import { signDesired } from '../../fleet/signing/messages.ts'
import { canonical } from '../../protocol/canonical.ts'
import { defaultConfiguration } from '../../protocol/configuration.ts'
import { isFinal } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { commandMessage, onWire, scratch } from '../support/agent-parts.ts'
import { silent } from '../support/fleet.ts'
import { pdfOf } from '../support/plain-pdf.ts'
import { signedCancel, signedCommand, signerWith, testSigner } from '../support/signing.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'

const [here, there] = ['arsk-1', 'arsk-2']

/** A fleet whose broker somebody else holds too, and terminals whose prints are counted. */
const open = async () => {
  const fleet = await openTerminalFleet()
  const document = uuidv7()
  fleet.documents.set(document, { mediaType: 'application/pdf', bytes: Buffer.from(await pdfOf(1)) })
  const agents = new Map<string, Agent>()
  const reports = (device: string, id: string) =>
    fleet.said(device, 'commandReport').filter((report) => report.id === id)
  const ended = (device: string, id: string) =>
    reports(device, id).find(({ state }) => isFinal(state as 'received'))
  const outcome = async (device: string, id: string) => {
    await fleet.until(() => ended(device, id) !== undefined)
    return ended(device, id)?.state
  }
  const timesAsked = () => fleet.requests.filter((request) => request === 'GET /time').length
  return {
    ...{ fleet, reports, outcome },
    async begin(device: string): Promise<FakePrinter> {
      const printer = createFakePrinter()
      const devices = { scanner: new FakeScanDriver(), printer }
      const agent = createAgent(await fleet.configure(device), { logger: silent, devices })
      const asked = timesAsked()
      await agent.start()
      agents.set(device, agent)
      await fleet.until(() => agent.isUp && timesAsked() > asked)
      return printer
    },
    end: (device: string) => agents.get(device)?.stop(),
    /** What the holder of the broker sends. */
    smuggle: (topic: string, message: object) =>
      fleet.broker.publish({ topic, payload: onWire(message), qos: 1, retain: false }),
    refusals: (device: string) =>
      fleet.said(device, 'event').flatMap(({ type, data }) => (type === 'message-refused' ? [data] : [])),
    print: () => commandMessage('printer.print', { document }),
    /** A command of the fleet goes its whole way, so what was sent before it has come too. */
    async ask(device: string) {
      const message = commandMessage('printer.describe', {})
      await fleet.tell(device, 'command', message.id, message)
      return outcome(device, message.id)
    },
    async close() {
      for (const agent of agents.values()) await agent.stop()
      await fleet.close()
    },
  }
}

const aMessage = suite('a message that the fleet did not mean for this terminal now')

aMessage('has no effect when it was meant for another terminal', async () => {
  const { begin, smuggle, print, ask, outcome, reports, refusals, fleet, close } = await open()
  const [own, other] = [await begin(here), await begin(there)]
  const message = signedCommand(here, print())
  await smuggle(topics.command(there, message.id), message)
  assert.is(await ask(there), 'succeeded')
  assert.equal(other.jobs, [])
  assert.equal(reports(there, message.id), [], 'it is not even answered')
  await fleet.until(() => refusals(there).length > 0)
  assert.equal(refusals(there), [{ kind: 'command', reason: 'unproven', count: 1 }])
  await smuggle(topics.command(here, message.id), message)
  assert.is(await outcome(here, message.id), 'succeeded')
  assert.is(own.jobs.length, 1)
  await close()
})

aMessage('has no effect when it was altered, and the true one has its own all the same', async () => {
  const { begin, smuggle, print, ask, outcome, reports, close } = await open()
  const printer = await begin(here)
  const message = signedCommand(here, print())
  for (const altered of [
    { ...message, input: { ...(message.input as object), copies: 50 } },
    { ...message, expiresAt: message.expiresAt + 3_600_000 },
    { ...message, actor: 'somebody' },
    { ...message, signature: undefined },
  ]) {
    await smuggle(topics.command(here, message.id), altered)
  }
  assert.is(await ask(here), 'succeeded')
  assert.equal([printer.jobs, reports(here, message.id)], [[], []])
  await smuggle(topics.command(here, message.id), message)
  assert.is(await outcome(here, message.id), 'succeeded')
  assert.is(printer.jobs.length, 1)
  await close()
})

aMessage('has no effect a second time, also after a new start', async () => {
  const { begin, end, smuggle, print, ask, outcome, reports, fleet, close } = await open()
  const printer = await begin(here)
  const message = signedCommand(here, print())
  await smuggle(topics.command(here, message.id), message)
  assert.is(await outcome(here, message.id), 'succeeded')
  await smuggle(topics.command(here, message.id), message)
  await fleet.until(() => reports(here, message.id).some(({ repeated }) => repeated))
  assert.is(printer.jobs.length, 1)
  await end(here)
  const again = await begin(here)
  await smuggle(topics.command(here, message.id), message)
  assert.is(await ask(here), 'succeeded')
  assert.equal(again.jobs, [])
  await close()
})

aMessage('has no effect when it was held back until it is late', async () => {
  const { begin, smuggle, print, outcome, close } = await open()
  const printer = await begin(here)
  const then = Date.now() - 60_000
  const message = signedCommand(here, { ...print(), ts: then, issuedAt: then, expiresAt: Date.now() - 1 })
  await smuggle(topics.command(here, message.id), message)
  assert.is(await outcome(here, message.id), 'expired')
  assert.equal(printer.jobs, [])
  await close()
})

aMessage('cancels nothing', async () => {
  const { begin, smuggle, fleet, print, ask, outcome, reports, close } = await open()
  const printer = await begin(here)
  printer.behave({ faults: ['media-empty'] })
  const message = print()
  await fleet.tell(here, 'command', message.id, message)
  await fleet.until(() => printer.jobs.length === 1)
  for (const forged of [
    signedCancel(there, message),
    signedCancel(here, message, testSigner(2)),
    { ...signedCancel(here, print()), id: message.id },
    { ...signedCancel(here, message), signature: undefined },
  ]) {
    await smuggle(topics.cancel(here, message.id), forged)
  }
  assert.is(await ask(here), 'succeeded')
  printer.behave({ faults: [] })
  assert.is(await outcome(here, message.id), 'succeeded')
  assert.not.ok(reports(here, message.id).some(({ state }) => state === 'cancelled'))
  await close()
})

aMessage('configures nothing', async () => {
  const { begin, smuggle, ask, fleet, close } = await open()
  await begin(here)
  const config = defaultConfiguration
  const hash = createHash('sha256').update(canonical(config)).digest('hex')
  const wanted = { v: 1 as const, ts: Date.now(), boot: 'b', run: 'r', seq: 0, version: 9, hash, config }
  const isReported = () =>
    fleet.said(here, 'reported').some(({ version, newest = {} }) => {
      const { version: heard = 0 } = newest as { version?: number }
      return Math.max(Number(version), heard) >= 9
    })
  for (const forged of [
    wanted,
    signDesired(testSigner(), there, wanted),
    signDesired(testSigner(2), here, wanted),
    { ...signDesired(testSigner(), here, wanted), version: 10 },
    { ...signDesired(testSigner(), here, wanted), config: { ...config, logLevel: 'debug' } },
  ]) {
    await smuggle(topics.desired(here), forged)
  }
  assert.is(await ask(here), 'succeeded')
  assert.not.ok(isReported())
  await smuggle(topics.desired(here), signDesired(testSigner(), here, wanted))
  await fleet.until(isReported)
  await close()
})

aMessage('has no effect when its key was taken back', async () => {
  const { begin, smuggle, fleet, print, ask, reports, refusals, close } = await open()
  const file = join(scratch(), 'signing-keys')
  const key = Buffer.alloc(32, 7)
  const keyring = new Keyring({
    ...{ file, key, clock: systemClock, log: silent },
    certify: (text) => fleet.authority.signKeys(text),
  })
  await keyring.start()
  fleet.signWith(keyring)
  const printer = await begin(here)
  assert.is(await ask(here), 'succeeded')
  const [stolen] = await loadKeys(file, key)
  assert.ok(stolen)
  await keyring.revoke(stolen.id)
  assert.is(await ask(here), 'succeeded', 'a terminal asks for the key that took its place')
  const message = signedCommand(here, print(), signerWith(stolen))
  await smuggle(topics.command(here, message.id), message)
  assert.is(await ask(here), 'succeeded')
  assert.equal([printer.jobs, reports(here, message.id)], [[], []])
  await fleet.until(() => refusals(here).length > 0)
  await keyring.stop()
  await close()
})

aMessage.run()
