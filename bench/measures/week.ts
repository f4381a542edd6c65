import type { ChildProcess } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { availabilityApi } from '../../fleet/web/availability-api.ts'
import { healthApi } from '../../fleet/web/health-api.ts'
import { type BundledFleet, prepareFleet } from '../bundled-fleet.ts'
import { end, forkFleet, orderOf } from '../fleet-process.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure, p95, timed } from '../results.ts'
import { metricsTold, reportMs, type WeekOrder } from '../week-fleet.ts'

const count = 700
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const days = 7
const warmMs = 3000
const calmMs = 10_000
/** How long the vitals are told after the questions: each terminal does so twice. */
const toldMs = 2 * reportMs
const queryRounds = 60
/** How often the memory is looked at. */
const lookMs = 500
/** The precision of the fleet's own look at its event loop, which is in each of its figures. */
const precisionMs = 10

const order = orderOf<WeekOrder>()

/** A week of all terminals, told day after day and summed up after each but the last; the bytes of a day's raw rows. */
const feedWeek = async ({ dataFolder, terminals }: BundledFleet): Promise<number> => {
  const fleet = forkFleet('week-fleet.ts')
  try {
    await order(fleet, { act: 'start', dataFolder })
    // Some minutes less than a week: what is older than that is refused.
    const begin = Date.now() - days * dayMs + hourMs / 2
    for (let day = 0; day < days; day++) {
      if (day > 0) await order(fleet, { act: 'sum up' })
      const from = begin + day * dayMs
      await order(fleet, { act: 'feed', terminals, from, until: Math.min(from + dayMs, Date.now()) })
    }
    const rowBytes = await order<number>(fleet, { act: 'weigh' })
    await order(fleet, { act: 'stop' })
    // A fleet in service does not wait for the disk to take in a week at once.
    const file = await open(path(dataFolder, 'telemetry.db'))
    await file.sync()
    await file.close()
    return (rowBytes * count * dayMs) / reportMs
  } finally {
    await end(fleet, 'SIGTERM')
  }
}

/** What a command waits until it is in the ledger, again and again until `until` is over; the longest. */
const longestCommand = async ({ api, terminals }: BundledFleet, until: Promise<unknown>): Promise<number> => {
  let longest = 0
  let over = false
  const ended = until.finally(() => {
    over = true
  })
  for (let number = 0; !over; number = (number + 1) % count) {
    const terminal = terminals[number] ?? ''
    longest = Math.max(
      longest,
      await timed(() => api.start(terminal, { name: 'printer.describe', input: {} })),
    )
    await pass(20)
  }
  await ended
  return longest
}

/** The longest turn of the main thread's event loop since it was last asked, as the fleet tells Prometheus. */
const longestTurn = async ({ url }: BundledFleet): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]
  return Math.max(0, Number(seconds) * 1000 - precisionMs)
}

/** Asks for the week of every terminal by the hour: what is not summed up yet is before it is answered. */
const sumUpAll = async ({ api, terminals }: BundledFleet): Promise<void> => {
  const until = Date.now()
  for (const terminal of terminals)
    await healthApi(api).series(terminal, 'memory', { from: until - days * dayMs, until }, hourMs)
}

/** What dashboards ask: six metrics of a terminal's day at once, one metric's week, the fleet's table, the morning. */
const askDashboards = async (
  { api, terminals }: BundledFleet,
  rounds: number,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const { series } = healthApi(api)
  const { morning } = availabilityApi(api)
  const times = new Map<string, number[]>()
  const ask = async (question: string, act: () => Promise<unknown>) => {
    const some = times.get(question) ?? []
    times.set(question, some)
    some.push(await timed(act))
  }
  for (let round = 0; round < rounds; round++) {
    const until = Date.now()
    const some = terminals[(round * 37) % count] ?? ''
    const other = terminals[(round * 53 + 11) % count] ?? ''
    const day = { from: until - dayMs, until }
    await ask('six metrics of a day', () =>
      Promise.all(metricsTold.slice(0, 6).map((metric) => series(some, metric, day, 120_000))),
    )
    await ask('one of a week', () =>
      series(other, 'memory', { from: until - days * dayMs, until }, hourMs / 2),
    )
    await ask('all terminals', () => api.terminals())
    await ask('the morning', morning)
  }
  return times
}

/** A week of vitals of 700 terminals: what it takes on the disk and in memory, and what waits for it. */
export const week = async (program: string): Promise<Figures> => {
  const folder = await mkdtemp(path(tmpdir(), 'avyl-bench-'))
  let fleet: ChildProcess | undefined
  let simulation: ChildProcess | undefined
  const rss: number[] = []
  const look = () => rss.push(processCost(fleet?.pid ?? 0).rssMb)
  let looking: NodeJS.Timeout | undefined
  try {
    const village = await prepareFleet({
      folder,
      program,
      terminals: count,
      reportSeconds: reportMs / 1000,
    })
    const rawBytes = await feedWeek(village)
    fleet = await village.start()
    looking = setInterval(look, lookMs)
    // A fleet in service is warm.
    await longestCommand(village, pass(warmMs))
    await longestTurn(village)
    const busy = {
      command: await longestCommand(village, sumUpAll(village)),
      turn: await longestTurn(village),
    }
    const calm = { command: await longestCommand(village, pass(calmMs)), turn: await longestTurn(village) }
    simulation = await village.join()
    await askDashboards(village, 3)
    const times = await askDashboards(village, queryRounds)
    await pass(toldMs)
    const what = `${count} terminals, ${metricsTold.length} metrics each 30 s`
    const each = [...times].map(([question, some]) => `${question} ${p95(some).toFixed(0)}`).join(', ')
    return {
      'telemetry.week.raw_gb_per_day': figure(
        rawBytes / 1e9,
        'GB/day',
        `the pages with the raw rows, for a day's rows: ${what}; target 0.25`,
      ),
      'telemetry.week.query_p95_ms': figure(
        p95([...times.values()].flat()),
        'ms',
        `${queryRounds} times each by HTTP while all tell theirs, of each alone: ${each}; ${what}, a week of all of them is there; target 100`,
      ),
      'telemetry.week.rss_mb': figure(
        Math.max(...rss),
        'MB',
        `the greatest VmRSS of the bundled fleet, looked at each ${lookMs} ms while it sums up a day of all, takes commands, all come, tell theirs and dashboards ask: ${what}, a week of all of them is there; target 300`,
      ),
      'telemetry.week.rollup_block_ms': figure(
        busy.command,
        'ms',
        `the longest of all commands, one each 20 ms, from the request by HTTP until it is in the ledger, while a day of all is summed up at once; ${calm.command.toFixed(0)} ms when nothing was; target 50`,
      ),
      'telemetry.week.turn_ms': figure(
        busy.turn,
        'ms',
        `the longest turn of the main thread's event loop in the same time; ${calm.turn.toFixed(0)} ms when nothing was summed up; target 50`,
      ),
    }
  } finally {
    clearInterval(looking)
    await end(simulation, 'SIGKILL')
    await end(fleet, 'SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
}
