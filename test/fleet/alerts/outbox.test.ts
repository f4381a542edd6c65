import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Errand, NoticeKind } from '../../../fleet/alerts/notice.ts'
import { Outbox } from '../../../fleet/alerts/outbox.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock } from '../../support/fleet.ts'

let database: Database
let clock: StoppedClock
let outbox: Outbox

const runbook = { ru: 'как', tt: 'ничек', en: 'how' }
const errand = (id: string, kind: NoticeKind): Errand => ({
  ...{ incident: id, channels: ['duty'], dueAt: clock.now() },
  notice: {
    ...{ kind, runbook, at: clock.now() },
    incident: {
      ...{ id, rule: 'screen-fault', title: runbook, severity: 'warn', state: 'open', openedAt: 0 },
      ...{ flapping: false, notes: [], terminals: ['t1'], villages: ['Бахта'] },
    },
  },
})
const add = async (id: string, kind: NoticeKind) => {
  await outbox.add(database, errand(id, kind))
  await clock.pass(1)
}
const due = async () => (await outbox.due('duty')).map(({ notice }) => `${notice.kind} ${notice.incident.id}`)

const theOutbox = suite('the outbox')
theOutbox.before.each(async () => {
  database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  clock = new StoppedClock(0)
  outbox = new Outbox(database, clock)
})
theOutbox.after.each(() => database.destroy())

theOutbox(
  'of a fleet that was killed in the middle of a message tells the beginning again, then the end',
  async () => {
    await add('one', 'opened')
    await outbox.begin(await outbox.due('duty'), 'message')
    outbox = new Outbox(database, clock)
    await add('one', 'recovered')
    assert.equal(await due(), ['opened one'])
    const [again] = await outbox.due('duty')
    assert.is(again?.message, 'message')
    await outbox.end(again ? [again] : [], 'delivered')
    assert.equal(await due(), ['recovered one'])
  },
)

theOutbox('keeps a follower back while its beginning waits for the next try, and nothing else', async () => {
  await add('one', 'opened')
  const letters = await outbox.due('duty')
  await outbox.begin(letters, 'message')
  await outbox.end(letters, { again: clock.now() + 60_000 })
  await add('one', 'recovered')
  assert.equal(await outbox.waiting(), [])
  await add('two', 'opened')
  assert.equal(await due(), ['opened two'])
  await clock.pass(60_000)
  assert.equal(await due(), ['opened one'])
  await outbox.end(letters, 'given-up')
  assert.equal(await due(), ['recovered one', 'opened two'])
})

theOutbox('keeps one reminder of those that pile up while the beginning cannot be told', async () => {
  await add('one', 'opened')
  const letters = await outbox.due('duty')
  await outbox.begin(letters, 'message')
  for (let time = 0; time < 3; time++) await add('one', 'reminder')
  assert.equal(await due(), ['opened one'])
  await outbox.end(letters, 'delivered')
  assert.equal(await due(), ['reminder one'])
})

theOutbox('says nothing of an end where the beginning never went out', async () => {
  await add('one', 'opened')
  await add('one', 'recovered')
  assert.equal(await due(), [])
})

theOutbox.run()
