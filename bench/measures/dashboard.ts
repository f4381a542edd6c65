import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { DashboardOrder } from '../dashboard-fleet.ts'
import { forkFleet, orderOf } from '../fleet-process.ts'
import { type Figures, figure, p95, timed } from '../results.ts'

const terminals = 700
const days = 60
/** A fleet in service has answered before. */
const warmUps = 10
const rounds = 60

const questions = ['terminal', 'district', 'district&per=day', 'fleet', 'fleet&per=day'].map(
  (by) => `/availability?by=${by}`,
)
/** Every day of every terminal, for a table to take away: 21,700 rows. */
const table = '/availability?by=terminal&per=day&capability=all'

const order = orderOf<DashboardOrder>()
const agent = new Agent({ keepAlive: true })

/** What availability and the morning of 700 terminals take, and what else has to wait for them. */
export const dashboard = async (): Promise<Figures> => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  const fleet = forkFleet('dashboard-fleet.ts')
  try {
    const token = await order<string>(fleet, { act: 'prepare', dataFolder, terminals, days })
    const url = await order<string>(fleet, { act: 'start', dataFolder })
    // What an answer says is let go as it comes: the garbage of a megabyte each time would be this process's own.
    const ask = (path: string): Promise<number> =>
      timed(async () => {
        const asked = get(`${url}/api/v1${path}`, { agent, headers: { authorization: `Bearer ${token}` } })
        const [answer] = (await once(asked, 'response')) as [IncomingMessage]
        await finished(answer.resume())
        if (answer.statusCode !== 200) throw new Error(`${path} was answered with ${answer.statusCode}`)
      })
    const p95Of = async (path: string): Promise<number> => {
      const times: number[] = []
      for (let round = 0; round < warmUps; round++) await ask(path)
      for (let round = 0; round < rounds; round++) times.push(await ask(path))
      return p95(times)
    }
    await order(fleet, { act: 'hold' })
    const coldMorning = await ask('/morning')
    const found: { readonly question: string; readonly took: number }[] = []
    for (const question of questions) found.push({ question, took: await p95Of(question) })
    const whole = await p95Of(table)
    const morning = await p95Of('/morning')
    const hold = await order<number>(fleet, { act: 'hold' })
    await order(fleet, { act: 'stop' })
    const each = found.map(({ question, took }) => `${question.split('?')[1]} ${took.toFixed(0)}`).join(', ')
    const past = `${terminals} terminals with ${days} days of an outage a day`
    return {
      'dashboard.700.availability_p95_ms': figure(
        Math.max(...found.map(({ took }) => took)),
        'ms',
        `GET /availability of 30 days by terminal, district and fleet, ${past}, after ${warmUps} of each: 95th percentile of the slowest of them, ${rounds} times each (${each}); target 100`,
      ),
      'dashboard.700.table_p95_ms': figure(
        whole,
        'ms',
        `the same for every day of every terminal, 21,700 rows, which no page asks for: 95th percentile of ${rounds}`,
      ),
      'dashboard.700.morning_p95_ms': figure(
        morning,
        'ms',
        `GET /morning, ${past}, after ${warmUps} of each: 95th percentile of ${rounds}; target 100`,
      ),
      'dashboard.700.cold_morning_ms': figure(
        coldMorning,
        'ms',
        `GET /morning, ${past}, as the first question after the fleet's start, before anything was counted ahead; target 2000`,
      ),
      'dashboard.700.longest_hold_ms': figure(
        hold,
        'ms',
        'longest time for which these questions, the first ones included, kept the event loop from everything else; target 50',
      ),
    }
  } finally {
    fleet.kill('SIGKILL')
    await rm(dataFolder, { recursive: true, force: true })
  }
}
