import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createInbox } from '../../fleet/inbox.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { EventLog } from '../../fleet/terminals/events.ts'
import { topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { reportOf, StoppedClock, silent } from '../support/fleet.ts'

const envelope = { v: 1, ts: 1, boot: 'b', run: 'r', seq: 0 }

const world = () => {
  const heard: string[] = []
  const inbox = createInbox({
    commands: {
      report: async (terminal, report) => void heard.push(`report ${terminal} ${report.state}`),
      arrived: (terminal) => void heard.push(`arrived ${terminal}`),
      log: (terminal, _id, lines) => void heard.push(`log ${terminal} ${lines.length}`),
    },
    terminals: {
      has: (id) => id === 't1',
      presence: async (_id, message) => message.state === 'online',
      profile: async (id) => void heard.push(`profile ${id}`),
    },
    events: { keep: async (terminal, event) => void heard.push(`event ${terminal} ${event.type}`) },
    configurations: {
      reported: async (terminal, { version }) => void heard.push(`reported ${terminal} ${version}`),
    },
    telemetry: {
      keep: async (terminal, { samples }) => void heard.push(`vitals ${terminal} ${samples.length}`),
    },
    log: silent,
  })
  const say = (topic: string, body: unknown, device = 't1') =>
    inbox(device, {
      topic,
      payload: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
      qos: 1,
      retain: false,
    })
  return { heard, say }
}

const theInbox = suite('the inbox')

theInbox('hands each message to whom it concerns', async () => {
  const { heard, say } = world()
  const id = uuidv7()
  await say(topics.commandReport('t1', id), reportOf(id, 'running'))
  await say(topics.presence('t1'), { ...envelope, state: 'online', connection: 1 })
  await say(topics.presence('t1'), { ...envelope, state: 'lost', connection: 1 })
  await say(topics.profile('t1'), {
    ...envelope,
    profiles: { terminal: 'x' },
    capabilities: {},
    versions: { agent: '1' },
  })
  await say(topics.event('t1'), { ...envelope, id: uuidv7(), type: 'device-fault', at: 1, data: {} })
  await say(topics.reported('t1'), { ...envelope, version: 4, hash: 'a'.repeat(64), errors: [] })
  await say(topics.telemetry('t1'), { ...envelope, metrics: ['cpu'], samples: [{ at: 1, values: [0.5] }] })
  await say(topics.log('t1'), { ...envelope, id, lines: ['{}', '{}'] })
  assert.equal(heard, [
    'report t1 running',
    'arrived t1',
    'profile t1',
    'event t1 device-fault',
    'reported t1 4',
    'vitals t1 1',
    'log t1 2',
  ])
})

theInbox('drops what does not fit and goes on', async () => {
  const { heard, say } = world()
  const id = uuidv7()
  await say(topics.commandReport('t1', uuidv7()), reportOf(id, 'running'))
  await say(topics.commandReport('t1', id), { ...reportOf(id, 'running'), more: 1 })
  await say(topics.commandReport('t2', id), reportOf(id, 'running'))
  await say(topics.commandReport('t2', id), reportOf(id, 'running'), 't2')
  await say(topics.presence('t1'), { ...envelope, state: 'there', connection: 1 })
  await say(topics.profile('t1'), null)
  await say(topics.event('t1'), { ...envelope, id, type: 'odd', at: 1, data: {} })
  await say(topics.reported('t1'), { ...envelope, version: -1, hash: 'a', errors: [] })
  await say(topics.telemetry('t1'), { ...envelope, metrics: ['cpu'], samples: [{ at: -1, values: [0.5] }] })
  await say(topics.log('t1'), { ...envelope, id, lines: ['x'.repeat(2001)] })
  await say(topics.event('t1'), Buffer.from('{"v":'))
  await say(topics.event('t1'), Buffer.alloc(65_537, 32))
  await say('avyl/1/d/t1/up/__proto__', {})
  assert.equal(heard, [])
})

theInbox('passes on that the store failed, so that the terminal says it again', async () => {
  const inbox = createInbox({
    commands: {
      report: () => Promise.reject(new Error('the disk is full')),
      arrived: () => {},
      log: () => {},
    },
    terminals: { has: () => true, presence: async () => false, profile: async () => {} },
    events: { keep: async () => {} },
    configurations: { reported: async () => {} },
    telemetry: { keep: () => Promise.reject(new Error('the vitals are away')) },
    log: silent,
  })
  const outcome = (topic: string, body: unknown, qos: 0 | 1) =>
    inbox('t1', { topic, payload: Buffer.from(JSON.stringify(body)), qos, retain: false }).then(
      () => 'taken',
      (error: Error) => error.message,
    )
  const id = uuidv7()
  const vitals = { ...envelope, metrics: ['cpu'], samples: [{ at: 1, values: [0.5] }] }
  assert.is(await outcome(topics.commandReport('t1', id), reportOf(id, 'received'), 1), 'the disk is full')
  assert.is(await outcome(topics.telemetry('t1'), vitals, 1), 'the vitals are away')
  // Nobody says live vitals again, so nobody is told.
  assert.is(await outcome(topics.telemetry('t1'), vitals, 0), 'taken')
})

const theEventLog = suite('the log of events')

theEventLog('keeps each event once, and not for ever', async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const events = new EventLog(database, clock)
  const event = {
    ...envelope,
    v: 1,
    id: uuidv7(),
    type: 'device-fault',
    at: 5,
    data: { code: 'jam' },
  } as const
  await events.keep('t1', event)
  await events.keep('t1', event)
  await events.keep('t2', event)
  const rows = await database.selectFrom('events').selectAll().orderBy('terminal').execute()
  assert.equal(
    rows.map(({ terminal, data }) => [terminal, data]),
    [
      ['t1', '{"code":"jam"}'],
      ['t2', '{"code":"jam"}'],
    ],
  )
  await clock.pass(91 * 86_400_000)
  await events.forget()
  assert.equal(await database.selectFrom('events').selectAll().execute(), [])
  await database.destroy()
})

theInbox.run()
theEventLog.run()
