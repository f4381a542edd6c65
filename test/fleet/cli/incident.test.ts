import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlertRuleView, ChannelView, Incident } from '../../../fleet/api/incident-schemas.ts'
import { runAvyl } from '../../support/avyl.ts'
import { settled } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const door = await openPeoplesDoor()
const address = await door.app.listen({ host: '127.0.0.1', port: 0 })
const folder = await mkdtemp(join(tmpdir(), 'avyl-incident-'))

const run = (args: readonly string[], language = 'en_GB.UTF-8', bearer = door.bearer.authorization) => {
  const [, token = ''] = bearer.split(' ')
  return runAvyl(args, { LANG: language, AVYL_URL: address, AVYL_TOKEN: token })
}
const asked = async <T>(...args: readonly string[]): Promise<T> => {
  const { code, out, err } = await run([...args, '--json'])
  assert.is(code, 0, err)
  return JSON.parse(out) as T
}
/** Lets the alerts take in what was sent to them. */
const calm = async () => {
  await settled()
  await door.alerting.alerts.idle()
  await door.alerting.delivery.idle()
}

const theIncidents = suite('avyl incident')

theIncidents('lists, shows, takes, gives, notes and ends', async () => {
  assert.is((await run(['incident', 'list'])).out, 'There are no incidents\n')
  door.alerting.alerts.condition('fleet-disk-full', 'disk', true, '1 MiB left')
  door.alerting.alerts.condition('expiry-90', 'root', true)
  await door.clock.pass(64_000)
  await calm()
  const all = await asked<Incident[]>('incident', 'list', '--state', 'open')
  const id = all.find(({ rule }) => rule === 'fleet-disk-full')?.id ?? ''
  assert.match(
    (await run(['incident', 'list'])).out,
    'urgent\topen\tThe server in Kazan runs out of disk\tthe server in Kazan',
  )
  const shown = await run(['incident', 'show', id], 'tt_RU.UTF-8')
  assert.match(shown.out, '1. Хәзер үк урын бушатыгыз')
  assert.match(shown.out, '1 MiB left')
  assert.is((await asked<Incident>('incident', 'acknowledge', id)).state, 'acknowledged')
  assert.is((await asked<Incident>('incident', 'assign', id, 'Рамил')).assignee, 'Рамил')
  assert.match((await run(['incident', 'note', id, 'logs\u001b[2J grow'])).out, 'logs[2J grow')
  const ended = await asked<Incident>('incident', 'resolve', id, 'a larger disk')
  assert.equal([ended.state, ended.notes.length], ['resolved', 2])
  const again = await run(['incident', 'resolve', id])
  assert.equal([again.code, /resolved already/.test(again.err)], [1, true])
})

theIncidents('are those of the villages that one sees', async () => {
  const token = await door.auth.tokens.put({ name: 'near', role: 'operator', villages: ['Арча'] })
  const far = await door.auth.tokens.put({ name: 'far', role: 'operator', villages: ['Бахта'] })
  await door.presence.villages.put({ name: 'Арча', district: 'Арский' })
  await door.presence.events.note('t1', 'identity-quarantined', { about: 'used-twice' })
  await door.clock.pass(4000)
  await calm()
  const seenBy = async (secret: string) =>
    JSON.parse(
      (await run(['incident', 'list', '--json'], 'en_GB.UTF-8', `Bearer ${secret}`)).out,
    ) as Incident[]
  assert.equal(
    (await seenBy(token)).map(({ rule, terminals }) => [rule, terminals]),
    [['identity-quarantined', ['t1']]],
  )
  assert.equal(await seenBy(far), [])
  const [incident] = await seenBy(token)
  const act = await run(['incident', 'acknowledge', incident?.id ?? ''], 'en_GB.UTF-8', `Bearer ${far}`)
  assert.equal([act.code, /no such incident/.test(act.err)], [1, true])
})

theIncidents('reach open pages, with what to notify of', async () => {
  const response = await fetch(`${address}/api/v1/events`, { headers: door.bearer })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  door.alerting.alerts.condition('expiry-7', 'door', true, 'the door')
  await door.clock.pass(4000)
  let seen = ''
  while (!/event: notice\n/.test(seen)) seen += (await reader?.read())?.value ?? ''
  assert.match(seen, /event: incident\ndata: .*"rule":"expiry-7"/)
  assert.match(seen, /event: notice\ndata: \{"kind":"opened","incident":\{.*"expiry-7"/)
  await reader?.cancel()
})

theIncidents.run()

const theRules = suite('avyl alert-rule')

theRules('shows, changes, switches and gives back', async () => {
  const rules = await asked<AlertRuleView[]>('alert-rule', 'list')
  assert.ok(rules.length > 20)
  assert.match(
    (await run(['alert-rule', 'list'], 'ru_RU.UTF-8')).out,
    'terminal-offline\tвнимание\tТерминал не на связи',
  )
  const rule = await asked<AlertRuleView>('alert-rule', 'show', 'paper-low')
  const file = join(folder, 'rule.json')
  await writeFile(file, JSON.stringify({ ...rule, severity: 'warn' }))
  const changed = await asked<AlertRuleView>('alert-rule', 'set', 'paper-low', file)
  assert.equal([changed.severity, changed.origin, changed.version], ['warn', 'fleet', 1])
  assert.is((await run(['alert-rule', 'set', 'paper-low', file])).code, 1, 'it has another version now')
  assert.match((await run(['alert-rule', 'disable', 'paper-low'])).out, 'off, changed')
  assert.is((await asked<AlertRuleView>('alert-rule', 'enable', 'paper-low')).version, 3)
  assert.is((await run(['alert-rule', 'reset', 'paper-low'])).out, 'Rule paper-low is as it came\n')
  assert.is((await asked<AlertRuleView>('alert-rule', 'show', 'paper-low')).severity, 'info')
  assert.is((await run(['alert-rule', 'reset', 'paper-low'])).code, 1)
  assert.is((await run(['alert-rule', 'show', 'nothing'])).code, 1)
  assert.is((await run(['alert-rule', 'set', 'paper-low', join(folder, 'none.json')])).code, 2)
})

theRules('takes a new rule, and refuses one without a text or a bound', async () => {
  const rule = await asked<AlertRuleView>('alert-rule', 'show', 'terminal-hot')
  const { origin: _, version: __, ...plain } = rule
  const file = join(folder, 'new.json')
  const put = async (changes: object) => {
    await writeFile(file, JSON.stringify({ ...plain, id: 'own', ...changes }))
    return run(['alert-rule', 'set', 'own', file])
  }
  assert.is((await put({})).code, 0)
  assert.is((await put({ when: { metric: 'temperature', hysteresis: 1 } })).code, 1)
  assert.is((await put({ title: { ...plain.title, tt: ' ' } })).code, 1)
  assert.is((await put({ when: { state: [] } })).code, 1)
  assert.is((await put({ id: 'other' })).code, 1)
  assert.is((await put({ when: { event: 'x' }, district: { terminals: 2, seconds: 60 } })).code, 1)
  assert.is((await run(['alert-rule', 'reset', 'own'])).code, 0)
  assert.is((await run(['alert-rule', 'show', 'own'])).code, 1)
})

theRules.run()

const theChannels = suite('avyl channel')
theChannels.after(async () => {
  await door.close()
  await rm(folder, { recursive: true })
})

theChannels('sets up mail and webhooks, tests them and takes them away', async () => {
  const mail = ['--to', 'a@example.test', '--from', 'b@example.test', '--host', '127.0.0.1', '--port', '1']
  const set = await asked<ChannelView>('channel', 'set', 'duty', ...mail, '--secure', 'none')
  assert.equal([set.kind, set.hasSecret, set.language], ['email', false, 'ru'])
  const tested = await run(['channel', 'test', 'duty'])
  assert.equal([tested.code, /did not arrive: The mail server cannot be reached/.test(tested.err)], [1, true])
  await asked<ChannelView>('channel', 'set', 'hook', '--post-to', `${address}/nowhere`)
  assert.match((await run(['channel', 'test', 'hook', '--json'])).out, '"text":"The receiver answered 404"')
  assert.match((await run(['channel', 'test', 'browser'])).out, 'The test arrived')
  assert.match((await run(['channel', 'list'])).out, 'duty\temail\ta@example.test')
  assert.is((await run(['channel', 'set', 'half', '--to', 'a@example.test'])).code, 2)
  assert.is((await run(['channel', 'remove', 'duty'])).out, 'Channel removed: duty\n')
  assert.is((await run(['channel', 'remove', 'duty'])).code, 1)
})

theChannels.run()
