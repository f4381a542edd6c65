import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { type Api, createApi } from '../../fleet/web/api.ts'
import { healthApi } from '../../fleet/web/health-api.ts'
import { forkFleet, orderOf } from '../fleet-process.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure, p95, timed } from '../results.ts'
import { metricsTold, terminalName, type WeekOrder } from '../week-fleet.ts'

const terminals = 700
/** Terminals that tell the whole week, and of which the month before is there. */
const wholeWeek = 20
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const queryRounds = 30

const order = orderOf<WeekOrder>()

/** What a command waits until it is in the ledger, again and again until `until` is over; the longest. */
const longestCommand = async (api: Api, until: Promise<unknown>): Promise<number> => {
  let longest = 0
  let over = false
  const ended = until.finally(() => {
    over = true
  })
  for (let number = 0; !over; number++) {
    const terminal = terminalName(number % terminals)
    longest = Math.max(
      longest,
      await timed(() => api.start(terminal, { name: 'printer.describe', input: {} })),
    )
    await pass(20)
  }
  await ended
  return longest
}

/** What dashboards ask: six metrics of a terminal's day at once, one metric's month, the newest of all. */
const askDashboards = async (api: Api, fleet: ChildProcess, rounds: number): Promise<number[]> => {
  const times: number[] = []
  const { series } = healthApi(api)
  for (let round = 0; round < rounds; round++) {
    const until = Date.now()
    const some = terminalName((round * 37) % terminals)
    const day = { from: until - dayMs, until }
    times.push(
      await timed(() =>
        Promise.all(metricsTold.slice(0, 6).map((metric) => series(some, metric, day, 120_000))),
      ),
    )
    const month = { from: until - 29 * dayMs, until }
    times.push(await timed(() => series(terminalName(round % wholeWeek), 'memory', month, hourMs / 2)))
    const { ms } = await order<{ ms: number }>(fleet, { act: 'latest', terminals })
    times.push(ms)
  }
  return times
}

/** A week of vitals of 700 terminals: what it takes on the disk and in memory, and what waits for it. */
export const week = async (): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  const fleet = forkFleet('week-fleet.ts')
  try {
    const rss: number[] = []
    const look = () => rss.push(processCost(fleet.pid ?? 0).rssMb)
    const { url, token } = await order<{ url: string; token: string }>(fleet, {
      act: 'start',
      dataFolder: folder,
      terminals,
    })
    const api = createApi({ url, headers: { authorization: `Bearer ${token}` } })
    const now = Date.now()
    // The last day first, so that its raw rows are weighed alone.
    const dayBegins = now - dayMs - (now % 300_000)
    await order(fleet, { act: 'feed', terminals, from: dayBegins, until: dayBegins + dayMs - hourMs })
    look()
    const rawBytes = ((await order<number>(fleet, { act: 'weigh' })) * dayMs) / (dayMs - hourMs)
    await order(fleet, { act: 'feed', terminals: wholeWeek, from: now - 6.9 * dayMs, until: dayBegins })
    // A fleet in service is warm.
    await longestCommand(api, pass(3000))
    const longestTurn = () => order<number>(fleet, { act: 'longest turn' })
    await longestTurn()
    const calm = { command: await longestCommand(api, pass(10_000)), turn: await longestTurn() }
    const busy = {
      command: await longestCommand(api, order(fleet, { act: 'sum up' })),
      turn: await longestTurn(),
    }
    look()
    await order(fleet, { act: 'lay', terminals: wholeWeek, from: now - 30 * dayMs, until: now - 6.9 * dayMs })
    await askDashboards(api, fleet, 3)
    const times = await askDashboards(api, fleet, queryRounds)
    look()
    await order(fleet, { act: 'stop' })
    const what = `${terminals} terminals, ${metricsTold.length} metrics each 30 s`
    const fed = `the last 23 hours of all, the 6 days before of ${wholeWeek} of them, their 5-minute steps of the 30 days before laid into the tables`
    return {
      'telemetry.week.raw_gb_per_day': figure(
        rawBytes / 1e9,
        'GB/day',
        `the pages with the raw rows of 23 hours, times 24/23: ${what}; target 0.25`,
      ),
      'telemetry.week.query_p95_ms': figure(
        p95(times),
        'ms',
        `${times.length} questions: six metrics of a terminal's 24 h at once and 29 days of one, by HTTP; the newest of all ${terminals}, in the process; ${what}: ${fed}; target 100`,
      ),
      'telemetry.week.rss_mb': figure(
        Math.max(...rss),
        'MB',
        `VmRSS of the whole fleet's process, from its sources, after a day that it was fed in a quarter of a minute, summing up and answering; the bundled one at the pace of 700 terminals is fleet.700.vitals_rss_mb; ${what}`,
      ),
      'telemetry.week.rollup_block_ms': figure(
        busy.command,
        'ms',
        `the longest of all commands, one each 20 ms, from the request by HTTP until it is in the ledger, while all of it is summed up at once; ${calm.command.toFixed(0)} ms when nothing was; target 50`,
      ),
      'telemetry.week.turn_ms': figure(
        busy.turn,
        'ms',
        `the longest turn of the main thread's event loop in the same time; ${calm.turn.toFixed(0)} ms when nothing was summed up; target 50`,
      ),
    }
  } finally {
    fleet.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}
