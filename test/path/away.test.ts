import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAgent } from '../../agent/agent.ts'
import { createFakePrinter } from '../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../agent/capabilities/scanner/fake.ts'
import { Commands } from '../../fleet/commands/commands.ts'
import { createInbox } from '../../fleet/inbox.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { isFinal } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { StoppedClock, silent } from '../support/fleet.ts'
import { pdfOf } from '../support/plain-pdf.ts'
import { testSigner } from '../support/signing.ts'
import { openTerminalFleet } from '../support/terminal-fleet.ts'
import { openHeldLine } from '../support/village/held-line.ts'

const device = 'terminal-1'
const halfAnHour = 30 * 60_000

/** Commands and broker of the fleet, an agent, and between them a line; time passes for both when the test says so. */
const open = async () => {
  // The dates of certificates are judged by it.
  const clock = new StoppedClock(Date.now())
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  let inbox: ReturnType<typeof createInbox> | undefined
  const fleet = await openTerminalFleet({ message: async (from, message) => inbox?.(from, message) })
  fleet.clock.now = () => clock.now()
  const commands = new Commands({ database, broker: fleet.broker, signer: testSigner(), clock, log: silent })
  await commands.start()
  inbox = createInbox({
    commands,
    terminals: {
      has: () => true,
      presence: async (_, { state }) => state === 'online',
      profile: async () => {},
    },
    events: { keep: async () => {} },
    configurations: { reported: async () => {} },
    telemetry: { keep: async () => {} },
    log: silent,
  })
  const line = await openHeldLine(fleet.door.port)
  const config = await fleet.configure(device, {
    fleet: { host: '127.0.0.1', port: line.port },
    link: { backoffBaseMs: 10, backoffCapMs: 100 },
  })
  const printer = createFakePrinter()
  let monotonic = 0
  const agent = createAgent(config, {
    logger: silent,
    database: ':memory:',
    devices: { scanner: new FakeScanDriver(), printer },
    machine: { wall: () => 0, monotonic: () => monotonic },
  })
  await agent.start()
  await fleet.until(() => agent.isUp && fleet.requests.includes('GET /time'))
  const document = uuidv7()
  fleet.documents.set(document, { mediaType: 'application/pdf', bytes: Buffer.from(await pdfOf(1)) })
  return {
    fleet,
    line,
    agent,
    printer,
    commands,
    print: async () =>
      (
        await commands.request({
          terminal: device,
          name: 'printer.print',
          input: { document },
          actor: 'test',
        })
      ).id,
    stateOf: async (id: string) => (await commands.get(id))?.state,
    /** Resolves to the state in which a command ends. */
    async end(id: string): Promise<string | undefined> {
      const over = Promise.withResolvers<void>()
      const leave = commands.live.follow(id, (told) => {
        if (told.kind === 'state' && isFinal(told.command.state)) over.resolve()
      })
      const now = await commands.get(id)
      if (now && !isFinal(now.state)) await over.promise
      leave()
      return (await commands.get(id))?.state
    },
    away: async () => {
      line.cut()
      await fleet.until(() => !agent.isUp && fleet.broker.connected().size === 0)
    },
    passOnTerminal: (milliseconds: number) => {
      monotonic += milliseconds
    },
    async pass(milliseconds: number) {
      monotonic += milliseconds
      await clock.pass(milliseconds)
    },
    async close() {
      await agent.stop()
      await line.stop()
      await commands.stop()
      await fleet.close()
      await database.destroy()
    },
  }
}

const aTerminal = suite('a terminal that is away for half an hour')

aTerminal('prints when it is there', async () => {
  const { print, end, printer, close } = await open()
  assert.is(await end(await print()), 'succeeded')
  assert.is(printer.jobs.length, 1)
  await close()
})

aTerminal('does not print what was wanted meanwhile, and prints what is wanted then', async () => {
  const { print, end, stateOf, printer, away, pass, line, close } = await open()
  await away()
  const wanted = await print()
  assert.is(await stateOf(wanted), 'queued')
  await pass(halfAnHour)
  assert.is(await stateOf(wanted), 'expired')
  line.mend()
  assert.is(await end(await print()), 'succeeded')
  assert.is(printer.jobs.length, 1)
  assert.is(await stateOf(wanted), 'expired')
  await close()
})

/** A print that has left the fleet and is lost on its way. */
const lose = async ({ print, stateOf, fleet, away, line }: Awaited<ReturnType<typeof open>>) => {
  line.hold()
  const wanted = await print()
  assert.is(await stateOf(wanted), 'sent')
  await fleet.until(() => line.heldBytes > 0)
  await away()
  return wanted
}

aTerminal('does not print what was lost on its way to it; nobody claims to know', async () => {
  const opened = await open()
  const { print, end, stateOf, printer, pass, line, close } = opened
  const wanted = await lose(opened)
  await pass(halfAnHour)
  assert.is(await stateOf(wanted), 'unknown')
  line.mend()
  assert.is(await end(await print()), 'succeeded')
  assert.is(printer.jobs.length, 1)
  assert.is(await stateOf(wanted), 'unknown')
  await close()
})

aTerminal('that is back earlier says itself that it did not print what came too late', async () => {
  const opened = await open()
  const { end, stateOf, printer, pass, line, close } = opened
  const wanted = await lose(opened)
  await pass(15 * 60_000)
  assert.is(await stateOf(wanted), 'sent')
  line.mend()
  assert.is(await end(wanted), 'expired')
  assert.equal(printer.jobs, [])
  await close()
})

aTerminal('does not print what arrives half an hour late', async () => {
  const { print, end, stateOf, fleet, printer, passOnTerminal, line, close } = await open()
  line.hold()
  const wanted = await print()
  assert.is(await stateOf(wanted), 'sent')
  await fleet.until(() => line.heldBytes > 0)
  passOnTerminal(halfAnHour)
  line.release()
  assert.is(await end(wanted), 'expired')
  assert.equal(printer.jobs, [])
  await close()
})

aTerminal('prints what arrives late but in time', async () => {
  const { print, end, fleet, printer, passOnTerminal, line, close } = await open()
  line.hold()
  const wanted = await print()
  await fleet.until(() => line.heldBytes > 0)
  passOnTerminal(100_000)
  line.release()
  assert.is(await end(wanted), 'succeeded')
  assert.is(printer.jobs.length, 1)
  await close()
})

aTerminal.run()
