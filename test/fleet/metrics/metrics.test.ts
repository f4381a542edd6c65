import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createReadiness, diskHasRoom, storeTakesWrites } from '../../../fleet/metrics/readiness.ts'
import { reportOf } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the text format 0.0.4 strictly: a family has its help and its type once, before its samples. */
const parse = (text: string): { samples: Sample[]; types: Map<string, string> } => {
  const types = new Map<string, string>()
  const helps = new Set<string>()
  const samples: Sample[] = []
  const seen = new Set<string>()
  assert.ok(text.endsWith('\n'))
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, about = '', said = ''] = /^# (HELP|TYPE) ([a-z_]\w*) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') {
      assert.not(helps.has(about), `${about} is explained twice`)
      helps.add(about)
    } else if (kind === 'TYPE') {
      assert.not(types.has(about), `${about} has two types`)
      assert.match(said, /^(counter|gauge|histogram|summary)$/)
      types.set(about, said)
    } else {
      const [, name = '', list = '', value = ''] =
        /^([a-z_]\w*)(?:\{((?:[a-z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? []
      assert.ok(name, `no sample: ${line}`)
      assert.ok(/^nan$/i.test(value) || /^[+-]?Inf$/.test(value) || Number.isFinite(Number(value)), line)
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
      assert.ok(types.has(family) && helps.has(family), `${name} has no type or no help before it`)
      assert.not(seen.has(`${name}{${list}}`), `twice: ${line}`)
      seen.add(`${name}{${list}}`)
      const labels = Object.fromEntries(
        [...list.matchAll(/([a-z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
      )
      samples.push({ name, labels: labels as Record<string, string>, value: Number(value) })
    }
  }
  return { samples, types }
}

const door = await openPeoplesDoor()
const { app, bearer, commands, broker, terminals, auth } = door
const ask = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
const read = async () => parse((await ask('/metrics')).body)
const measured = async (name: string, labels: Record<string, string> = {}) =>
  (await read()).samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value

const metrics = suite('the metrics')

metrics('are told in the text format, named by its conventions', async () => {
  const { headers } = await ask('/metrics')
  assert.match(String(headers['content-type']), 'text/plain; version=0.0.4')
  const { samples, types } = await read()
  for (const [name, type] of types) {
    if (!name.startsWith('avyl_')) continue
    assert.is(name.endsWith('_total'), type === 'counter', name)
    if (type === 'histogram') assert.match(name, /_seconds$/)
  }
  for (const name of [
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_seconds',
    'avyl_broker_connections',
  ]) {
    assert.ok(
      samples.some((sample) => sample.name === name),
      name,
    )
  }
})

metrics('count terminals, connections and commands', async () => {
  assert.is(await measured('avyl_terminals', { state: 'never-seen' }), 1)
  assert.is(await measured('avyl_terminals', { state: 'online' }), 0)
  broker.there.add('t1')
  assert.is(await measured('avyl_broker_connections'), 1)
  const wish = { terminal: 't1', name: 'printer.describe', input: {}, actor: 'user:1' }
  const { id } = await commands.request(wish)
  await door.clock.pass(2000)
  await commands.report(
    't1',
    reportOf(id, 'failed', { error: { code: 'busy', text: 'busy', retryable: true } }),
  )
  await commands.report('t1', reportOf(id, 'succeeded', { result: {} }))
  const name = 'printer.describe'
  assert.is(await measured('avyl_commands_total', { name, state: 'failed' }), 1)
  assert.is(await measured('avyl_commands_total', { name, state: 'succeeded' }), undefined)
  assert.is(await measured('avyl_command_duration_seconds_sum', { name }), 2)
  door.metrics.telemetry()
  assert.is(await measured('avyl_telemetry_messages_total'), 1)
  assert.ok(((await measured('avyl_certificate_expiry_timestamp_seconds', { holder: 'root' })) ?? 0) > 1e9)
})

metrics('measure requests by the pattern of the route, never by what was asked', async () => {
  await terminals.register('t2-secret', '"Evil\\"\n{}')
  await ask('/api/v1/terminals/t2-secret', bearer)
  await ask('/api/v1/terminals/t1', bearer)
  await ask('/nonsense/t2-secret')
  await ask('/api/v1/nonsense')
  const labels = { route: '/api/v1/terminals/:id', method: 'GET', status: '2xx' }
  assert.is(await measured('avyl_http_request_duration_seconds_count', labels), 2)
  const other = { route: 'other', status: '4xx' }
  assert.is(await measured('avyl_http_request_duration_seconds_count', other), 2)
  assert.not.match((await ask('/metrics')).body, /secret|Evil|nonsense/)
})

metrics('are open to this machine alone, and elsewhere to who may read them', async () => {
  const elsewhere = { 'x-forwarded-for': '192.0.2.1' }
  assert.is((await ask('/metrics', elsewhere)).statusCode, 401)
  assert.is((await ask('/metrics', { ...elsewhere, ...bearer })).statusCode, 200)
  const expert = { authorization: `Bearer ${await auth.tokens.create('expert', 'expert')}` }
  assert.is((await ask('/metrics', expert)).statusCode, 403, 'who shows a token means it')
  const behind = await openPeoplesDoor(undefined, 'https://fleet.example')
  assert.is((await behind.app.inject({ url: '/metrics' })).statusCode, 401, 'a proxy may stand in front')
  await behind.close()
})

metrics('of the dashboard are all exported', async () => {
  const file = new URL('../../../provisioning/grafana/avyl.json', import.meta.url)
  const { panels } = JSON.parse(await readFile(file, 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[]
  }
  const { types } = await read()
  const exported = new Set<string>()
  for (const [name, type] of types) {
    exported.add(name)
    if (type === 'histogram') for (const end of ['bucket', 'sum', 'count']) exported.add(`${name}_${end}`)
  }
  const asked = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(avyl|process|nodejs)_\w+/g) ?? []),
  )
  assert.ok(asked.length >= panels.length && panels.length >= 10)
  for (const name of asked) assert.ok(exported.has(name), name)
  const ours = [...types.keys()].filter((name) => name.startsWith('avyl_'))
  for (const name of ours)
    assert.ok(
      asked.some((one) => one.startsWith(name)),
      `${name} is on no panel`,
    )
})

const probes = suite('the probes')
probes.after(() => door.close())

probes('say that the process lives, and whether it serves', async () => {
  assert.equal((await ask('/healthz')).json(), { alive: true })
  const ready = await ask('/readyz')
  assert.equal([ready.statusCode, ready.json()], [200, { ready: true, reasons: [] }])
  door.missing.push('broker', 'door')
  const missing = await ask('/readyz')
  assert.equal([missing.statusCode, missing.json().reasons], [503, ['broker', 'door']])
  door.missing.length = 0
})

probes('look at each part, and no more often than they must', async () => {
  let now = 0
  let asked = 0
  let isUp = true
  const readiness = createReadiness(
    {
      store: storeTakesWrites(door.database),
      disk: diskHasRoom('/'),
      broker: () => isUp,
      door: () => {
        asked += 1
        if (!isUp) throw new Error('The door is closed')
      },
    },
    () => now,
  )
  assert.equal(await readiness(), [])
  isUp = false
  assert.equal(await readiness(), [], 'held for a moment')
  assert.is(asked, 1)
  now += 2000
  assert.equal(await readiness(), ['broker', 'door'])
  const closed = await openPeoplesDoor()
  await closed.close()
  const lost = { store: storeTakesWrites(closed.database), disk: diskHasRoom('/nowhere') }
  assert.equal(await createReadiness(lost)(), ['store', 'disk'])
})

metrics.run()
probes.run()
