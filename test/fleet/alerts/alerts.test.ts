import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertRule } from '../../../fleet/api/incident-schemas.ts'
import { type Alertings, openAlerting } from '../../support/alerting.ts'

let watch: Alertings
/** What open pages were told. */
let told: string[]
/** The number of the terminal's newest event. */
let seq: number

const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    ({ code }: { code?: string }) => code,
  )

const theAlerts = suite('the alerts')
theAlerts.before.each(async () => {
  watch = await openAlerting()
  told = watch.told
  seq = 0
})
theAlerts.after.each(() => watch.close())

const only = async () => {
  const [incident, ...others] = await watch.incidents()
  assert.equal(others, [])
  if (!incident) throw new Error('there is no incident')
  return incident
}

const changeRule = async (id: string, changes: Partial<AlertRule>) => {
  const rule = watch.alerting.rules.get(id)?.rule
  if (!rule) throw new Error(`there is no rule ${id}`)
  await watch.alerting.rules.put({ ...rule, ...changes }, 'user:one')
}
const remindOften = () => changeRule('terminal-offline', { remindSeconds: 600 })

theAlerts('tell that a terminal is lost after the grace, and that it is back', async () => {
  watch.put('t1')
  watch.put('t1', { state: 'suspect' })
  await watch.pass(90)
  watch.put('t1', { state: 'offline', since: watch.clock.now() - 90_000 })
  await watch.pass(20)
  assert.equal(await watch.incidents(), [])
  await watch.pass(60)
  const incident = await only()
  assert.equal([incident.state, incident.severity, incident.affected[0]?.subject], ['open', 'warn', 't1'])
  assert.equal(told, ['opened terminal-offline'])
  watch.put('t1')
  await watch.pass(90)
  assert.equal([(await only()).state, told.at(-1)], ['resolved', 'recovered terminal-offline'])
  assert.is(told.length, 2)
})

theAlerts('say nothing of an outage that is over before anybody was told', async () => {
  watch.put('t1', { state: 'offline' }, 'Арский')
  await watch.pass(124)
  assert.is((await only()).state, 'open')
  assert.equal(told, [], 'neighbours may follow')
  await changeRule('terminal-offline', { clearSeconds: 0 })
  watch.put('t1')
  await watch.pass(60)
  assert.equal([(await only()).state, told], ['resolved', []])
})

theAlerts('make one page of a district that goes together', async () => {
  for (const id of ['t1', 't2', 't3', 't4']) watch.put(id, {}, 'Арский')
  for (const id of ['t1', 't2', 't3']) {
    watch.put(id, { state: 'offline' })
    await watch.pass(6)
  }
  await watch.pass(180)
  const incident = await only()
  assert.equal([incident.district, incident.severity, incident.affected.length], ['Арский', 'page', 3])
  assert.equal(told, ['opened terminal-offline'])
  watch.put('t4', { state: 'offline' })
  await watch.pass(150)
  assert.is((await only()).affected.length, 4)
  for (const id of ['t1', 't2', 't3', 't4']) watch.put(id)
  await watch.pass(90)
  assert.equal(
    [(await only()).state, told],
    ['resolved', ['opened terminal-offline', 'recovered terminal-offline']],
  )
})

theAlerts('leave maintenance, planned stops and closed shops alone', async () => {
  watch.openShops('by day')
  watch.maintained.add('t1')
  watch.put('t1', { state: 'offline' })
  watch.put('t1', { state: 'reduced', capabilities: { scanner: { present: true, ok: false } } })
  watch.plan('t2', true)
  watch.put('t2', { state: 'offline' })
  await watch.pass(300)
  assert.equal(await watch.incidents(), [])
  watch.plan('t2', false)
  watch.put('t2')
  // 10:15: the shops are closed.
  await watch.pass(600)
  watch.put('t3', { state: 'offline' })
  await watch.pass(900)
  assert.equal(await watch.incidents(), [])
})

theAlerts('notice after the break what was switched off for it', async () => {
  watch.openShops('by day')
  watch.plan('t1', true)
  watch.put('t1', { state: 'offline' })
  await watch.pass(54 * 60)
  assert.equal(await watch.incidents(), [], 'the shop may just be opening')
  await watch.pass(5 * 60)
  assert.is((await only()).rule, 'terminal-offline')
})

theAlerts(
  'warn of a device after its grace, and wait for word of it while the terminal is away',
  async () => {
    const broken = { printer: { present: true, ok: false, detail: 'media-empty' } }
    watch.put('t1', { state: 'reduced', capabilities: broken })
    await watch.pass(890)
    assert.equal(await watch.incidents(), [], 'the shop has a quarter of an hour for its paper')
    await watch.pass(20)
    assert.equal([(await only()).rule, (await only()).detail], ['printer-fault', 'media-empty'])
    watch.put('t1', { state: 'suspect', capabilities: broken })
    await watch.pass(60)
    assert.is((await only()).state, 'open')
    watch.put('t1')
    await watch.pass(40)
    assert.is((await only()).state, 'resolved')
  },
)

theAlerts('keep what is only good to know to the list', async () => {
  watch.put('t1')
  watch.measure('t1', { printer_paper: 0.04 })
  await watch.pass(4)
  assert.is((await only()).rule, 'paper-low')
  assert.equal(told, [])
})

theAlerts('take what people make of it', async () => {
  await remindOften()
  watch.put('t1', { state: 'offline' })
  await watch.pass(130)
  const { id } = await only()
  const { alerts } = watch.alerting
  await alerts.act(id, { act: 'note', text: 'called the shop' }, 'user:one')
  const taken = await alerts.act(id, { act: 'assign', assignee: 'Рамил' }, 'user:two')
  assert.equal([taken.state, taken.acknowledgedBy, taken.assignee], ['acknowledged', 'user:two', 'Рамил'])
  await watch.pass(700)
  assert.equal(told, ['opened terminal-offline'], 'nobody is reminded of what is taken')
  watch.put('t1')
  await watch.pass(90)
  const over = await alerts.get(id)
  assert.equal([over.state, over.clearedAt !== undefined], ['acknowledged', true])
  const ended = await alerts.act(id, { act: 'resolve', text: 'the router was off' }, 'user:two')
  assert.equal([ended.state, ended.resolvedBy, ended.notes.length], ['resolved', 'user:two', 2])
  assert.is(await codeOf(alerts.act(id, { act: 'acknowledge' }, 'user:one')), 'conflict')
  assert.is(await codeOf(alerts.get('01919191-1919-7191-9191-919191919191')), 'not-found')
})

theAlerts('remind while nobody has taken it', async () => {
  await remindOften()
  watch.put('t1', { state: 'offline' })
  await watch.pass(130)
  await watch.pass(610)
  assert.equal(told, ['opened terminal-offline', 'reminder terminal-offline'])
})

theAlerts('page for a copied key also in maintenance, until a person ends it', async () => {
  watch.put('t1')
  watch.maintained.add('t1')
  await watch.events.note('t1', 'identity-quarantined', { about: 'used-twice' })
  await watch.pass(4)
  assert.equal([(await only()).severity, (await only()).detail], ['page', 'used-twice'])
  await watch.pass(600)
  await watch.alerting.alerts.act((await only()).id, { act: 'resolve' }, 'user:one')
  await watch.restart()
  await watch.pass(10)
  assert.is((await watch.incidents()).length, 1)
  await watch.events.note('t1', 'identity-quarantined', { about: 'used-twice' })
  await watch.pass(4)
  assert.is((await watch.incidents()).length, 2, 'it happened once more')
})

/** Has t1 tell of a self-test. */
const tested = (capability: string, ok: boolean, skipped = false) => {
  seq += 1
  const id = `01919191-1919-7191-9191-${String(seq).padStart(12, '0')}`
  const data = { capability, ok, evidence: 'lamp', ...(skipped && { skipped }) }
  const header = { v: 1, ts: 0, boot: 'b', run: 'r' } as const
  return watch.events.keep('t1', { ...header, seq, id, type: 'selftest', at: 0, data })
}

theAlerts('follow a self-test until the part that failed passes', async () => {
  watch.put('t1')
  await tested('camera', true)
  await tested('scanner', false)
  await watch.pass(4)
  assert.equal([(await only()).rule, (await only()).state], ['selftest-failed', 'open'])
  await tested('camera', true)
  await tested('printer', false, true)
  await watch.pass(4)
  assert.equal([(await only()).state, (await only()).detail], ['open', 'capability: scanner, evidence: lamp'])
  await tested('scanner', true)
  await watch.pass(4)
  assert.is((await only()).state, 'resolved')
})

/** What came of the self-tests: the part of each incident, and its state. */
const failures = async () =>
  (await watch.incidents())
    .map(({ detail, state }) => `${/capability: (\w+)/.exec(detail ?? '')?.[1]} ${state}`)
    .toSorted()

theAlerts(
  'tell of each part that fails a self-test until it passes or is gone, over a restart too',
  async () => {
    watch.put('t1')
    await tested('camera', false)
    await watch.pass(4)
    await tested('microphone', false)
    await watch.pass(4)
    assert.equal(told, ['opened selftest-failed', 'opened selftest-failed'])
    assert.ok((await watch.incidents()).every(({ affected }) => affected[0]?.subject === 't1'))
    await watch.restart()
    await tested('lamp', true)
    await watch.pass(4)
    assert.equal(await failures(), ['camera open', 'microphone open'])
    await tested('camera', true)
    await watch.pass(4)
    assert.equal(await failures(), ['camera resolved', 'microphone open'])
    await tested('microphone', true, true)
    await watch.pass(4)
    assert.equal(await failures(), ['camera resolved', 'microphone resolved'])
  },
)

/** Raises an incident about the camera of t1; gives its id. */
const failCamera = async () => {
  watch.put('t1')
  await tested('camera', false)
  await watch.pass(4)
  return (await only()).id
}

theAlerts('hear of another part after a person has put an end to what failed before', async () => {
  await watch.alerting.alerts.act(await failCamera(), { act: 'resolve' }, 'user:one')
  await tested('camera', false)
  await tested('lamp', false)
  await watch.pass(4)
  assert.equal(await failures(), ['camera resolved', 'lamp open'])
})

theAlerts('end with the first word what a fleet before kept for all parts of a terminal', async () => {
  const id = await failCamera()
  const { content } = await watch.database.selectFrom('incidents').select('content').executeTakeFirstOrThrow()
  await watch.database.updateTable('alert_courses').set({ subject: 't1' }).execute()
  await watch.database
    .updateTable('incidents')
    .set({ content: content.replace('"part":"camera",', '') })
    .execute()
  await watch.restart()
  assert.is((await watch.alerting.alerts.get(id)).state, 'open')
  await tested('camera', false)
  await watch.pass(4)
  assert.is((await watch.alerting.alerts.get(id)).state, 'resolved')
  assert.equal(await failures(), ['camera open', 'camera resolved'])
  await tested('camera', true)
  await watch.pass(4)
  assert.equal(await failures(), ['camera resolved', 'camera resolved'])
})

theAlerts('follow no more than twenty parts of a terminal', async () => {
  watch.put('t1')
  for (let part = 0; part < 25; part++) await tested(`part ${part}`, false)
  await watch.pass(4)
  assert.is((await watch.incidents()).length, 20)
})

theAlerts('watch the fleet itself: its disk and what ends one day', async () => {
  watch.disk.free = 1
  watch.ending.push({ name: 'device authority', endsAt: watch.clock.now() + 40 * 86_400_000 })
  await watch.pass(150)
  const rules = (await watch.incidents()).map(({ rule, severity }) => `${rule} ${severity}`)
  assert.equal(rules.sort(), ['expiry-90 info', 'fleet-disk-full page'])
  await changeRule('expiry-90', { clearSeconds: 60 })
  watch.disk.free = 900
  watch.ending.splice(0)
  await watch.pass(420)
  assert.ok((await watch.incidents()).every(({ state }) => state === 'resolved'))
})

theAlerts('end what they said of a certificate that was replaced while the fleet was down', async () => {
  const dayMs = 86_400_000
  watch.ending.push({ name: 'authority 3f2a', endsAt: watch.clock.now() + 20 * dayMs })
  watch.ending.push({ name: 'root', endsAt: watch.clock.now() + 20 * dayMs })
  await watch.pass(64)
  assert.is((await watch.incidents()).length, 2)
  await changeRule('expiry-30', { clearSeconds: 60 })
  watch.ending.shift()
  await watch.restart()
  await watch.pass(124)
  const states = (await watch.incidents()).map(({ affected, state }) => `${affected[0]?.subject} ${state}`)
  assert.equal(states.sort(), ['fleet:authority 3f2a resolved', 'fleet:root open'])
})

theAlerts('leave alone what the fleet makes anew by itself, until that fails', async () => {
  const dayMs = 86_400_000
  const now = watch.clock.now()
  watch.ending.push({ name: 'new', endsAt: now + 80 * dayMs, renewsAt: now + 50 * dayMs })
  watch.ending.push({ name: 'renewed', endsAt: now + 29 * dayMs, renewsAt: now + 20 * dayMs })
  await watch.pass(150)
  assert.equal(await watch.incidents(), [])
  watch.ending.splice(0)
  watch.ending.push({ name: 'late', endsAt: now + 28 * dayMs, renewsAt: now - 2 * dayMs })
  await watch.pass(150)
  assert.equal(
    (await watch.incidents()).map(({ rule }) => rule),
    ['expiry-30'],
  )
})

theAlerts('tell nothing twice and forget nothing over a restart', async () => {
  watch.put('t1', { state: 'offline' })
  watch.put('t2', { state: 'reduced', capabilities: { scanner: { present: true, ok: false } } })
  await watch.pass(100)
  await watch.restart()
  await watch.pass(60)
  assert.equal(told, ['opened terminal-offline'], 'the grace goes on')
  // The fleet was away: whoever is not back yet is only suspect.
  watch.put('t1', { state: 'suspect' })
  await watch.restart()
  await watch.pass(90)
  watch.put('t1', { state: 'offline' })
  await watch.events.note('t1', 'claim-locked', { about: 'x' })
  await watch.restart()
  await watch.pass(150)
  assert.equal(told.sort(), ['opened claim-locked', 'opened scanner-fault', 'opened terminal-offline'])
  watch.put('t1')
  watch.put('t2')
  await watch.restart()
  await watch.pass(120)
  assert.equal(told.filter((one) => one.startsWith('recovered')).sort(), [
    'recovered scanner-fault',
    'recovered terminal-offline',
  ])
})

theAlerts('write what could not be written with the next, and tell it then', async () => {
  watch.put('t1', { state: 'offline' })
  await watch.database.schema.alterTable('incidents').renameTo('elsewhere').execute()
  await watch.pass(140)
  assert.equal(told, [])
  await watch.database.schema.alterTable('elsewhere').renameTo('incidents').execute()
  await watch.pass(12)
  assert.equal([told, (await only()).state], [['opened terminal-offline'], 'open'])
})

theAlerts('follow a rule that people change, and forget what a rule that is off has raised', async () => {
  const { rules } = watch.alerting
  const rule = rules.get('scanner-fault')?.rule
  if (!rule) throw new Error('there is no such rule')
  watch.put('t1', { state: 'reduced', capabilities: { scanner: { present: true, ok: false } } })
  await watch.pass(20)
  await rules.put({ ...rule, graceSeconds: 10 }, 'user:one')
  await watch.pass(4)
  assert.is((await only()).state, 'open')
  await rules.put({ ...rule, enabled: false }, 'user:one', 1)
  await watch.pass(4)
  assert.equal([(await only()).state, told], ['resolved', ['opened scanner-fault']])
  assert.is(await codeOf(rules.put(rule, 'user:one', 1)), 'conflict')
  await rules.remove('scanner-fault', 'user:one')
  assert.equal([rules.get('scanner-fault')?.origin, rules.get('scanner-fault')?.version], ['release', 3])
  await watch.restart()
  assert.equal(watch.alerting.rules.get('scanner-fault')?.rule, rule)
})

theAlerts.run()
