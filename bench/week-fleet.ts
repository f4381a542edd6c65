import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as breathe } from 'node:timers/promises'
import { pino } from 'pino'
import { createFleet } from '../fleet/fleet.ts'
import { metricNames } from '../protocol/vitals.ts'
import { obey } from './fleet-process.ts'

/**
 * A whole fleet in a process of its own, fed with vitals straight into the telemetry port, faster than time goes. Takes
 * one order after another from the process that forked it, and ends with it.
 */
export type WeekOrder =
  | { readonly act: 'start'; readonly dataFolder: string }
  /** All these terminals tell all from `from` until `until`, in the order of time. */
  | {
      readonly act: 'feed'
      readonly terminals: readonly string[]
      readonly from: number
      readonly until: number
    }
  | { readonly act: 'sum up' }
  /** The bytes that a raw row takes in the pages with them. */
  | { readonly act: 'weigh' }
  | { readonly act: 'stop' }

/** Metrics in each report, and how long after the one before it comes, in milliseconds. */
export const metricsTold = metricNames.slice(0, 20)
export const reportMs = 30_000

/** Reports in one message, as from a line that lets ten of them through at once. */
const together = 10

/** Messages on their way at once, so that the feed does not wait for each moment in which samples gather. */
const messagesAtOnce = 1400

const fleets: ReturnType<typeof createFleet>[] = []
const fleetOf = () => {
  const [fleet] = fleets
  if (!fleet) throw new Error('The fleet was not started')
  return fleet
}
let folder = ''

/** Numbers that move as those of a machine do. */
const valuesAt = (at: number, terminal: number): number[] =>
  metricsTold.map((_, metric) => metric + ((at / reportMs + terminal * 7 + metric * 3) % 97) / 97)

obey<WeekOrder>({
  async start({ dataFolder }) {
    folder = dataFolder
    const settings = { host: '127.0.0.1', httpPort: 0, mqttPort: 0, dataFolder } as const
    const fleet = createFleet(
      { ...settings, synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
      pino({ level: 'silent' }),
    )
    fleets.push(fleet)
    await fleet.start()
  },
  async feed({ terminals, from, until }) {
    const { telemetry } = fleetOf()
    const envelope = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const
    let round: Promise<void>[] = []
    for (let begin = from; begin < until; begin += together * reportMs) {
      for (const [number, terminal] of terminals.entries()) {
        const samples = Array.from({ length: together }, (_, index) => {
          const at = begin + index * reportMs + number * 40
          return { at, values: valuesAt(at, number) }
        })
        round.push(telemetry.keep(terminal, { ...envelope, metrics: [...metricsTold], samples }))
        if (number % 100 === 99) await breathe()
      }
      if (round.length < messagesAtOnce) continue
      await Promise.all(round)
      round = []
    }
    await Promise.all(round)
  },
  'sum up': () => fleetOf().telemetry.tend(),
  async weigh() {
    const database = new DatabaseSync(join(folder, 'telemetry.db'), { readOnly: true })
    const number = (sql: string) => (database.prepare(sql).get() as { number: number }).number
    const bytes = number("select sum(pgsize) as number from dbstat where name = 'telemetry_raw'")
    const rows = number('select count(*) as number from telemetry_raw')
    database.close()
    return bytes / rows
  },
  stop: () => fleetOf().stop(),
})
