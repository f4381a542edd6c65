import { setTimeout as wait } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { postgresDialect } from '../../../fleet/store/postgres.ts'
import { openAlerting } from '../../support/alerting.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres.ts'

let server: PostgresServer

const onPostgres = suite('the alerts on PostgreSQL')
onPostgres.before(async () => {
  server = await startPostgres()
})
onPostgres.after(() => server.stop())

onPostgres('raise, tell once over a restart, take what people do, and keep rules and channels', async () => {
  const watch = await openAlerting({ dialect: postgresDialect(await server.database()) })
  /** Lets time pass until it has come to this; a server on a busy machine takes its time. */
  const until = async (holds: () => Promise<boolean>) => {
    for (let tries = 0; tries < 400 && !(await holds()); tries++) {
      await watch.pass(2)
      await wait(5)
    }
    assert.ok(await holds())
  }
  watch.put('t1', {}, 'Арский')
  watch.put('t2', {}, 'Арский')
  watch.put('t1', { state: 'offline' })
  watch.put('t2', { state: 'offline' })
  await until(async () => watch.told.length > 0)
  const [incident, ...others] = await watch.incidents()
  assert.equal([others, incident?.district, incident?.affected.length], [[], 'Арский', 2])
  assert.type(incident?.openedAt, 'number')
  await watch.restart()
  const { alerts, rules, channels } = watch.alerting
  const taken = await alerts.act(incident?.id ?? '', { act: 'note', text: 'called' }, 'user:one')
  assert.is(taken.notes.length, 1)
  const rule = rules.get('paper-low')?.rule
  if (!rule) throw new Error('there is no such rule')
  assert.is((await rules.put({ ...rule, severity: 'warn' }, 'user:one', 0)).version, 1)
  await channels.put(
    { name: 'duty', kind: 'webhook', url: 'http://127.0.0.1:1/', secret: 'a shared secret' },
    'user:one',
  )
  await watch.events.note('t1', 'claim-locked', { about: 'x' })
  await until(async () => watch.told.includes('opened claim-locked'))
  await until(async () => watch.alerting.delivery.healthOf('duty').failingSince !== undefined)
  await watch.restart()
  watch.put('t1')
  watch.put('t2')
  await until(async () => watch.told.includes('recovered terminal-offline'))
  assert.is(watch.told.filter((one) => one === 'opened terminal-offline').length, 1)
  assert.equal(
    [watch.alerting.rules.get('paper-low')?.version, watch.alerting.channels.get('duty')?.channel.kind],
    [1, 'webhook'],
  )
  await watch.close()
})

onPostgres.run()
