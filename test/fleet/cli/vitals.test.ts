import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SeriesQuery } from '../../../fleet/telemetry/telemetry.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

let here: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''
const asked: SeriesQuery[] = []

const run = (language: string, ...args: string[]) => {
  const token = here.bearer.authorization.replace('Bearer ', '')
  return runAvyl(args, { LANG: language, AVYL_URL: url, AVYL_TOKEN: token })
}

const theShell = suite('vitals from the shell')
theShell.before(async () => {
  here = await openPeoplesDoor()
  url = await here.app.listen({ host: '127.0.0.1', port: 0 })
  Object.assign(here.telemetry, {
    latest: (id: string) => (id === 't1' ? { cpu: { value: 0.25, at: 1_700_000_000_000 } } : {}),
    series: async (query: SeriesQuery) => {
      asked.push(query)
      return [{ at: query.from, min: 0.25, average: 0.5, max: 1.5 }]
    },
  })
})
theShell.after(() => here.close())

theShell('tells the newest, and the past of one in steps', async () => {
  assert.match((await run('ru_RU.UTF-8', 'vitals', 't1')).out, /^cpu\t0,25\tratio\t1\d\.11\.2023/)
  const span = ['--from', '2026-11-21T08:00Z', '--to', '2026-11-22T08:00Z', '--step', '5m']
  const past = await run('en_GB.UTF-8', 'vitals', 't1', 'cpu', ...span)
  assert.match(past.out, /\t0\.5\t0\.25 – 1\.5\n$/)
  const until = Date.parse('2026-11-22T08:00Z')
  assert.equal(asked.at(-1), {
    terminal: 't1',
    metric: 'cpu',
    from: until - 86_400_000,
    until,
    step: 300_000,
  })
  const json = await run('tt_RU.UTF-8', 'vitals', 't1', 'cpu', '--to', '2026-11-22T08:00Z', '--json')
  assert.equal(JSON.parse(json.out).unit, 'ratio')
  assert.equal(asked.at(-1)?.step, 0)
})

theShell('says what is wrong', async () => {
  assert.is((await run('en_GB.UTF-8', 'vitals', 'nobody')).code, 1)
  assert.is((await run('en_GB.UTF-8', 'vitals', 't1', 'horoscope')).code, 2)
  assert.is((await run('en_GB.UTF-8', 'vitals', 't1', 'cpu', '--step', 'long')).code, 2)
})

theShell.run()
