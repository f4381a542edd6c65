import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Commands } from '../../../fleet/commands/commands.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { PretendBroker, reportOf, StoppedClock, settled, silent } from '../../support/fleet.ts'
import { testSigner } from '../../support/signing.ts'

interface World {
  clock: StoppedClock
  broker: PretendBroker
  database: Database
  commands: Commands
}

const withCommands = async (act: (world: World) => Promise<void>) => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const broker = new PretendBroker()
  const commands = new Commands({ database, broker, signer: testSigner(), clock, log: silent })
  await commands.start()
  try {
    await act({ clock, broker, database, commands })
  } finally {
    await commands.stop()
    await database.destroy()
  }
}

const print = { terminal: 't1', name: 'printer.print', input: { document: uuidv7() }, actor: 'user:1' }
const scan = {
  terminal: 't1',
  name: 'scanner.scan',
  input: { source: 'flatbed', dpi: 300, mode: 'grey', format: 'pdf' },
  actor: 'user:1',
}

const aCommand = suite('a command')

aCommand('goes to a terminal that is there and comes back with its result', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const states: string[] = []
    const command = await commands.request(print)
    commands.live.follow(command.id, (told) => {
      if (told.kind === 'state') states.push(told.command.state)
    })
    assert.is(command.state, 'sent')
    assert.is(broker.published.length, 1)
    assert.is(broker.published[0]?.topic, `avyl/1/d/t1/dn/cmd/${command.id}`)
    assert.is(broker.published[0]?.body.expiresAt, clock.now() + 120_000)
    await commands.report('t1', reportOf(command.id, 'received'))
    await commands.report('t1', reportOf(command.id, 'running', { progress: { step: 'printing' } }))
    assert.equal((await commands.get(command.id))?.progress, { step: 'printing' })
    await commands.report('t1', reportOf(command.id, 'succeeded', { result: { job: 1, impressions: 2 } }))
    const over = await commands.get(command.id)
    assert.is(over?.state, 'succeeded')
    assert.equal(over?.result, { job: 1, impressions: 2 })
    assert.equal(states, ['received', 'running', 'succeeded'])
  }),
)

aCommand('waits for a terminal that is away and is sent when it comes', () =>
  withCommands(async ({ broker, commands }) => {
    const command = await commands.request(print)
    assert.is(command.state, 'queued')
    assert.is(broker.published.length, 0)
    broker.there.add('t1')
    commands.arrived('t1')
    await settled()
    assert.is(broker.published.length, 1)
    assert.is((await commands.get(command.id))?.state, 'sent')
  }),
)

aCommand('for a terminal that stays away 30 minutes expires and is never sent', () =>
  withCommands(async ({ broker, commands, clock }) => {
    const command = await commands.request(print)
    await clock.pass(30 * 60_000)
    const expired = await commands.get(command.id)
    assert.is(expired?.state, 'expired')
    assert.is(expired?.error?.code, 'expired')
    assert.is((expired?.updatedAt ?? 0) - command.issuedAt, 120_000)
    broker.there.add('t1')
    commands.arrived('t1')
    await clock.pass(60_000)
    assert.equal(broker.published, [])
  }),
)

aCommand('that is not received within ten seconds is sent again under the same id', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await clock.pass(9000)
    assert.is(broker.published.length, 1)
    await clock.pass(1000)
    assert.is(broker.published.length, 2)
    await clock.pass(10_000)
    assert.equal(
      broker.published.map(({ body }) => body.id),
      [id, id, id],
    )
    await commands.report('t1', reportOf(id, 'received'))
    await clock.pass(20_000)
    assert.is(broker.published.length, 3)
  }),
)

aCommand('that is known to a terminal is said again, past its expiry too, when the terminal comes back', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await commands.report('t1', reportOf(id, 'running'))
    broker.there.delete('t1')
    await clock.pass(180_000)
    broker.there.add('t1')
    commands.arrived('t1')
    await settled()
    assert.is(broker.published.length, 2)
    assert.ok(Number(broker.published[1]?.body.ts) > Number(broker.published[1]?.body.expiresAt))
    await commands.report(
      't1',
      reportOf(id, 'succeeded', { result: { job: 1, impressions: 1 }, repeated: true }),
    )
    assert.is((await commands.get(id))?.state, 'succeeded')
  }),
)

aCommand('that may have printed and is never heard of again ends unknown, not expired', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    broker.there.delete('t1')
    await clock.pass(120_000 + 900_000 + 299_000)
    assert.is((await commands.get(id))?.state, 'sent')
    await clock.pass(1000)
    const over = await commands.get(id)
    assert.is(over?.state, 'unknown')
    assert.is(over?.error?.code, 'unknown-outcome')
    const result = { job: 1, impressions: 1 }
    await commands.report('t1', reportOf(id, 'succeeded', { result }))
    const late = await commands.get(id)
    assert.is(late?.state, 'unknown', 'a late outcome does not reopen it')
    assert.equal(late?.late, { state: 'succeeded', at: clock.now(), result })
    await commands.report('t1', reportOf(id, 'succeeded', { result: { job: '<b>' } }))
    assert.equal((await commands.get(id))?.late, { state: 'succeeded', at: clock.now() })
  }),
)

aCommand('that still brings its pages long after its deadline is asked how it stands, and waited for', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(scan)
    await commands.report('t1', reportOf(id, 'running'))
    await clock.pass(120_000 + 900_000 - 1000)
    assert.is(broker.published.length, 1)
    await clock.pass(1000)
    assert.is(broker.published.length, 2)
    for (let minutes = 0; minutes < 20; minutes += 1) {
      await commands.report(
        't1',
        reportOf(id, 'running', { progress: { step: 'uploading' }, repeated: true }),
      )
      await clock.pass(60_000)
    }
    assert.is((await commands.get(id))?.state, 'running')
    await commands.report('t1', reportOf(id, 'succeeded', { result: { pages: [] } }))
    assert.is((await commands.get(id))?.state, 'succeeded')
  }),
)

aCommand('without a lasting effect that was sent and never received expires soon', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(scan)
    broker.there.delete('t1')
    await clock.pass(149_000)
    assert.is((await commands.get(id))?.state, 'sent')
    await clock.pass(1000)
    assert.is((await commands.get(id))?.state, 'expired')
  }),
)

aCommand('that nobody has sent is cancelled at once', () =>
  withCommands(async ({ broker, commands }) => {
    const { id } = await commands.request(print)
    const cancelled = await commands.cancel(id)
    assert.is(cancelled?.state, 'cancelled')
    assert.is(cancelled?.error?.code, 'cancelled')
    broker.there.add('t1')
    commands.arrived('t1')
    await settled()
    assert.equal(broker.published, [])
    assert.is((await commands.cancel(id))?.state, 'cancelled', 'and again changes nothing')
    assert.is(await commands.cancel(uuidv7()), undefined)
  }),
)

aCommand("that runs is cancelled by the terminal's word, and asked again until it speaks", () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await commands.report('t1', reportOf(id, 'running'))
    const asked = await commands.cancel(id)
    assert.is(asked?.state, 'running')
    assert.is(asked?.cancelledAt, clock.now())
    const cancels = () => broker.published.filter(({ topic }) => topic.endsWith(`/dn/cancel/${id}`)).length
    assert.is(cancels(), 1)
    await clock.pass(10_000)
    assert.is(cancels(), 2)
    broker.there.delete('t1')
    await clock.pass(30_000)
    assert.is(cancels(), 2)
    broker.there.add('t1')
    commands.arrived('t1')
    await settled()
    assert.is(cancels(), 3)
    assert.is((await commands.cancel(id))?.cancelledAt, asked?.cancelledAt)
    await commands.report('t1', reportOf(id, 'cancelled'))
    assert.is((await commands.get(id))?.state, 'cancelled')
  }),
)

aCommand('that was lost on its way and is to be stopped comes to the terminal as expired', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await commands.cancel(id)
    const [first, again, cancel] = broker.published
    assert.is(first?.body.expiresAt, clock.now() + 120_000)
    assert.is(again?.body.expiresAt, clock.now())
    assert.is(cancel?.topic, `avyl/1/d/t1/dn/cancel/${id}`)
    await commands.report('t1', reportOf(id, 'expired'))
    assert.is((await commands.get(id))?.state, 'cancelled')
  }),
)

aCommand('asked for twice under one key is one command', () =>
  withCommands(async ({ broker, commands }) => {
    broker.there.add('t1')
    const wish = { ...print, idempotencyKey: 'k' }
    const [one, two] = await Promise.all([commands.request(wish), commands.request(wish)])
    assert.is(one?.id, two?.id)
    assert.is(broker.published.length, 1)
    assert.is.not((await commands.request({ ...wish, actor: 'user:2' })).id, one?.id)
    try {
      await commands.request({ ...wish, input: { ...print.input, copies: 2 } })
      assert.unreachable()
    } catch (error) {
      assert.match(String(error), /another request/)
    }
  }),
)

aCommand('that was asked for under a key long ago may be asked for again', () =>
  withCommands(async ({ commands, clock, database }) => {
    await commands.request({ ...print, idempotencyKey: 'k' })
    await database.updateTable('idempotency_keys').set({ created_at: 0 }).execute()
    await clock.pass(3_600_000)
    assert.equal(await database.selectFrom('idempotency_keys').selectAll().execute(), [])
  }),
)

aCommand('is refused when it is unknown, does not fit, or is one too many', () =>
  withCommands(async ({ commands, database }) => {
    const codes: string[] = []
    const wishes = [
      { ...print, name: 'constructor' },
      { ...print, input: { document: 'x' } },
      { ...print, input: { ...print.input, more: 1 } },
      { ...scan, input: null },
    ]
    for (const wish of wishes) {
      await commands.request(wish).catch((error) => codes.push(error.code))
    }
    assert.equal(codes, ['invalid', 'invalid', 'invalid', 'invalid'])
    for (let count = 0; count < 200; count++) await commands.request(print)
    await commands.request(print).catch((error) => codes.push(error.code))
    assert.is(codes[4], 'rate-limited')
    await commands.request({ ...print, terminal: 't2' })
    assert.is((await database.selectFrom('commands').select('id').execute()).length, 201)
  }),
)

aCommand('asked for again under its key is found, however many others are not over', () =>
  withCommands(async ({ commands }) => {
    const wish = { ...print, idempotencyKey: 'k' }
    const { id } = await commands.request(wish)
    for (let count = 1; count < 200; count++) await commands.request(print)
    assert.is((await commands.request(wish)).id, id)
    const codes: string[] = []
    const others = [
      { ...wish, input: { ...print.input, copies: 2 } },
      { ...wish, idempotencyKey: 'l' },
    ]
    for (const other of others) await commands.request(other).catch((error) => codes.push(error.code))
    assert.equal(codes, ['conflict', 'rate-limited'])
  }),
)

aCommand('is settled by its own terminal only', () =>
  withCommands(async ({ broker, commands }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await commands.report('t2', reportOf(id, 'failed'))
    await commands.report('t1', reportOf(uuidv7(), 'failed'))
    assert.is((await commands.get(id))?.state, 'sent')
    assert.ok(await commands.belongs('t1', id))
    assert.not(await commands.belongs('t2', id))
    assert.ok(commands.names('t1', print.input.document))
    assert.not(commands.names('t2', print.input.document))
    assert.not(commands.names('t1', uuidv7()))
  }),
)

aCommand('whose result does not fit its schema has failed', () =>
  withCommands(async ({ broker, commands }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    await commands.report('t1', reportOf(id, 'succeeded', { result: { job: '<b>' } }))
    const over = await commands.get(id)
    assert.is(over?.state, 'failed')
    assert.is(over?.error?.code, 'internal')
    assert.is(over?.result, undefined)
  }),
)

aCommand('that ends without a reason is given one', () =>
  withCommands(async ({ broker, commands }) => {
    broker.there.add('t1')
    const codes: (string | undefined)[] = []
    for (const state of ['failed', 'rejected', 'expired', 'cancelled', 'unknown'] as const) {
      const { id } = await commands.request(print)
      await commands.report('t1', reportOf(id, state))
      codes.push((await commands.get(id))?.error?.code)
    }
    assert.equal(codes, ['internal', 'refused', 'expired', 'cancelled', 'unknown-outcome'])
  }),
)

aCommand('that is over still takes in the pages that it had finished, and nothing else', () =>
  withCommands(async ({ broker, commands }) => {
    broker.there.add('t1')
    const { id } = await commands.request(scan)
    await commands.report('t1', reportOf(id, 'cancelled'))
    const finished = { artefact: uuidv7(), width: 10, height: 10, dpi: 300 }
    await commands.report('t1', reportOf(id, 'running', { progress: { step: 'scanning', percent: 3 } }))
    await commands.report('t1', reportOf(id, 'running', { progress: { step: 'scanning', finished } }))
    const over = await commands.get(id)
    assert.equal([over?.state, over?.pages, over?.progress], ['cancelled', [finished], undefined])
  }),
)

aCommand('keeps each finished page of a scan once', () =>
  withCommands(async ({ broker, commands, database }) => {
    broker.there.add('t1')
    const { id } = await commands.request(scan)
    const finished = { artefact: uuidv7(), width: 10, height: 10, dpi: 300 }
    const report = reportOf(id, 'running', { progress: { step: 'scanning', page: 1, finished } })
    await commands.report('t1', report)
    await commands.report('t1', report)
    const row = await database.selectFrom('commands').select('pages').executeTakeFirstOrThrow()
    assert.equal(JSON.parse(row.pages), [finished])
    assert.equal((await commands.get(id))?.pages, [finished])
  }),
)

aCommand('is found again after the fleet has been restarted', () =>
  withCommands(async ({ broker, commands, clock, database }) => {
    broker.there.add('t1')
    const sent = await commands.request(print)
    await clock.pass(1)
    const done = await commands.request(scan)
    await commands.report(
      't1',
      reportOf(done.id, 'failed', { error: { code: 'jam', text: 'x', retryable: true } }),
    )
    await commands.stop()
    const next = new Commands({ database, broker, signer: testSigner(), clock, log: silent })
    await next.start()
    assert.is((await next.get(done.id))?.error?.code, 'jam')
    next.arrived('t1')
    await settled()
    assert.is(broker.published.at(-1)?.body.id, sent.id)
    assert.equal(
      (await next.latest('t1', 10)).map((command) => command.state),
      ['failed', 'sent'],
    )
    await next.stop()
  }),
)

aCommand('that a terminal has outlasts an absence of the fleet, and keeps what came of it', () =>
  withCommands(async ({ broker, commands, clock, database }) => {
    broker.there.add('t1')
    const paper = await commands.request(print)
    await clock.pass(1)
    const glass = await commands.request(scan)
    await clock.pass(1)
    const unheard = await commands.request(scan)
    await commands.report('t1', reportOf(paper.id, 'received'))
    await commands.report('t1', reportOf(glass.id, 'running'))
    const queued = await commands.request({ ...print, terminal: 't2' })
    await commands.stop()
    broker.there.clear()
    await clock.pass(1_800_000)
    const next = new Commands({ database, broker, signer: testSigner(), clock, log: silent })
    await next.start()
    await clock.pass(60_000)
    const states = async () =>
      Promise.all([paper, glass, unheard, queued].map(async ({ id }) => (await next.get(id))?.state))
    assert.equal(await states(), ['received', 'running', 'sent', 'expired'])
    broker.there.add('t1')
    next.arrived('t1')
    await settled()
    const again = broker.published.filter(({ body }) => body.ts === clock.now())
    assert.equal(
      again.map(({ body }) => [body.id, body.expiresAt]),
      [paper, glass, unheard].map(({ id, expiresAt }) => [id, expiresAt]),
      'each with its own expiry, so that none begins now',
    )
    const result = { pages: [], document: uuidv7() }
    await next.report('t1', reportOf(paper.id, 'succeeded', { result: { job: 1, impressions: 1 } }))
    await next.report('t1', reportOf(glass.id, 'succeeded', { result }))
    await next.report('t1', reportOf(unheard.id, 'succeeded', { result }))
    assert.equal(await states(), ['succeeded', 'succeeded', 'succeeded', 'expired'])
    assert.equal((await next.get(glass.id))?.result, result)
    await next.stop()
  }),
)

aCommand('whose report cannot be stored stays as it was, and the report can come again', () =>
  withCommands(async ({ broker, commands, database }) => {
    broker.there.add('t1')
    const { id } = await commands.request(print)
    const report = reportOf(id, 'received')
    await database.schema.alterTable('commands').renameTo('elsewhere').execute()
    let refused = false
    await commands.report('t1', report).catch(() => {
      refused = true
    })
    assert.ok(refused)
    assert.is((await commands.get(id))?.state, 'sent')
    await database.schema.alterTable('elsewhere').renameTo('commands').execute()
    await commands.report('t1', report)
    assert.is((await commands.get(id))?.state, 'received')
  }),
)

aCommand('that shows a log keeps its newest lines for who comes, and ends when nobody looks', () =>
  withCommands(async ({ broker, commands, clock }) => {
    broker.there.add('t1')
    const { id } = await commands.request({
      terminal: 't1',
      name: 'terminal.logs',
      input: {},
      actor: 'user:1',
    })
    const other = await commands.request(print)
    commands.log('t1', id, ['early'])
    commands.log('t2', id, ['of a neighbour'])
    commands.log('t1', other.id, ['of another command'])
    assert.equal([commands.live.lines(id), commands.live.lines(other.id)], [['early'], []])
    const heard: string[] = []
    const leave = commands.live.follow(id, (told) => {
      if (told.kind === 'log') heard.push(...told.lines)
    })
    await commands.report('t1', reportOf(id, 'running'))
    await clock.pass(60_000)
    commands.log('t1', id, ['late'])
    assert.equal(heard, ['late'])
    for (let count = 0; count < 100; count += 1) commands.log('t1', id, ['x'.repeat(2000)])
    assert.ok(commands.live.lines(id).length < 70, 'no more than a page can show')
    const cancels = () => broker.published.filter(({ topic }) => topic.includes('/dn/cancel/')).length
    leave()
    await clock.pass(5000)
    await settled()
    const back = commands.live.follow(id, () => {})
    await clock.pass(30_000)
    await settled()
    assert.is(cancels(), 0, 'a page that was loaded again')
    back()
    for (let second = 0; second < 12; second += 1) await clock.pass(1000)
    await settled()
    assert.is(cancels(), 1)
    await commands.report('t1', reportOf(id, 'cancelled'))
    assert.equal(commands.live.lines(id), [])
  }),
)

aCommand.run()
