import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../../agent/database.ts'
import { LineDown } from '../../../agent/link/line.ts'
import { createOutbox, type OutboxLimits } from '../../../agent/link/outbox.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { scratch, silent, testLine } from '../../support/agent-parts.ts'

const event = () => ({ id: uuidv7(), type: 'agent-started' as const, at: 1, data: {} })
const telemetry = (value: number) => ({ metrics: ['rss'], samples: [{ at: 1, values: [value] }] })

const open = (limits: OutboxLimits = {}, path = ':memory:') => {
  const database = openDatabase(path)
  const line = testLine()
  const outbox = createOutbox(database, line, silent, { paceMs: 1, retryMs: 1, ...limits })
  const stopped = new AbortController()
  return { database, line, outbox, stopped, sending: () => outbox.keepSending(stopped.signal) }
}

const anOutbox = suite('an outbox')

anOutbox('keeps events over a lost line and a restart, and sends them in order', async () => {
  const path = join(scratch(), 'agent.db')
  const before = open({}, path)
  before.line.fall()
  const events = [event(), event(), event()]
  for (const each of events) before.outbox.put('event', each)
  before.database.close()

  const { line, outbox, sending, stopped, database } = open({}, path)
  assert.is(outbox.waiting, 3)
  const work = sending()
  await line.until(() => line.sent.length === 3)
  assert.equal(
    line.sent.map(({ body }) => body.id),
    events.map(({ id }) => id),
  )
  while (outbox.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  stopped.abort()
  await work
  database.close()
})

anOutbox('removes nothing before the fleet has it', async () => {
  const { line, outbox, sending, stopped } = open()
  line.lose(1)
  outbox.put('event', event())
  const work = sending()
  await line.until(() => line.sent.length === 1)
  stopped.abort()
  await work
  assert.is(line.sent.length, 1)
})

anOutbox('drops telemetry before events, and the oldest first', () => {
  const { outbox, database } = open({ count: 3 })
  const kept = [event(), event()]
  outbox.put('telemetry', telemetry(1))
  outbox.put('event', kept[0] ?? event())
  outbox.put('telemetry', telemetry(2))
  outbox.put('event', kept[1] ?? event())
  outbox.put('event', event())
  outbox.put('event', event())
  const rows = database.sql.prepare('SELECT kind FROM outbox ORDER BY number').all()
  assert.equal(
    rows.map(({ kind }) => kind),
    ['event', 'event', 'event'],
  )
  assert.is(outbox.waiting, 3)
})

anOutbox('is bounded in bytes', () => {
  const { outbox } = open({ bytes: 1000 })
  for (let count = 0; count < 100; count++) outbox.put('event', event())
  assert.ok(outbox.waiting < 12)
  assert.throws(() => outbox.put('event', { ...event(), data: { text: 'x'.repeat(70_000) } }), /too large/)
})

anOutbox(
  'lets the others go first when the line fell at each try of one, and still sends that one',
  async () => {
    const { line, outbox, sending, stopped } = open()
    const [cut, other] = [event(), event()]
    const { send } = line
    let tries = 0
    line.send = async (kind, body, how) => {
      if ((body as { id?: string }).id === cut.id && ++tries <= 9) throw new LineDown()
      return send(kind, body, how)
    }
    outbox.put('event', cut)
    outbox.put('event', other)
    const work = sending()
    await line.until(() => line.sent.length === 2)
    stopped.abort()
    await work
    assert.equal(
      line.sent.map(({ body }) => body.id),
      [other.id, cut.id],
    )
    assert.is(tries, 10)
  },
)

anOutbox('drops what can never be sent', async () => {
  const { line, outbox, sending, stopped } = open()
  const [impossible, other] = [event(), event()]
  const { send } = line
  line.send = async (kind, body, how) => {
    if ((body as { id?: string }).id === impossible.id) throw new RangeError('A body is too large')
    return send(kind, body, how)
  }
  outbox.put('event', impossible)
  outbox.put('event', other)
  const work = sending()
  await line.until(() => line.sent.length === 1)
  while (outbox.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  stopped.abort()
  await work
  assert.is(line.sent[0]?.body.id, other.id)
})

anOutbox('sends at a pace after a long absence', async () => {
  const { line, outbox, sending, stopped } = open({ burst: 2, paceMs: 20 })
  for (let count = 0; count < 6; count++) outbox.put('event', event())
  const since = performance.now()
  const work = sending()
  await line.until(() => line.sent.length === 6)
  assert.ok(performance.now() - since >= 60, 'four of six had to wait')
  stopped.abort()
  await work
})

anOutbox.run()
