import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as breathe } from 'node:timers/promises'
import { pino } from 'pino'
import { createFleet } from '../fleet/fleet.ts'
import { pack } from '../fleet/telemetry/packing.ts'
import { metricNames } from '../protocol/vitals.ts'
import { obey } from './fleet-process.ts'

/**
 * A whole fleet in a process of its own, fed with vitals straight into the telemetry port. Takes one order after another
 * from the process that forked it, and ends with it.
 */
export type WeekOrder =
  | { readonly act: 'start'; readonly dataFolder: string; readonly terminals: number }
  /** So many terminals tell all from `from` until `until`, in the order of time. */
  | { readonly act: 'feed'; readonly terminals: number; readonly from: number; readonly until: number }
  /** 5-minute summaries of long ago, laid directly into the tables. */
  | { readonly act: 'lay'; readonly terminals: number; readonly from: number; readonly until: number }
  | { readonly act: 'sum up' }
  | { readonly act: 'latest'; readonly terminals: number }
  /** The longest turn of the main thread since it was last asked. */
  | { readonly act: 'longest turn' }
  /** The bytes of the pages with raw rows. */
  | { readonly act: 'weigh' }
  | { readonly act: 'stop' }

/** Metrics in each report, and how long after the one before it comes, in milliseconds. */
export const metricsTold = metricNames.slice(0, 20)
export const reportMs = 30_000

/** Reports in one message, as from a line that lets ten of them through at once. */
const together = 10

/** Messages on their way at once, so that the feed does not wait for each moment in which samples gather. */
const messagesAtOnce = 1400

export const terminalName = (number: number): string => `terminal-${number}`

const fleets: ReturnType<typeof createFleet>[] = []
const fleetOf = () => {
  const [fleet] = fleets
  if (!fleet) throw new Error('The fleet was not started')
  return fleet
}
let folder = ''
const lookMs = 5
const delays = monitorEventLoopDelay({ resolution: lookMs })
delays.enable()

/** Numbers that move as those of a machine do. */
const valuesAt = (at: number, terminal: number): number[] =>
  metricsTold.map((_, metric) => metric + ((at / reportMs + terminal * 7 + metric * 3) % 97) / 97)

obey<WeekOrder>({
  async start({ dataFolder, terminals }) {
    folder = dataFolder
    const settings = { host: '127.0.0.1', httpPort: 0, mqttPort: 0, dataFolder } as const
    const fleet = createFleet(
      { ...settings, synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
      pino({ level: 'silent' }),
    )
    fleets.push(fleet)
    await fleet.start()
    for (let number = 0; number < terminals; number++)
      await fleet.registerTerminal(terminalName(number), `Авыл ${number}`)
    return { url: fleet.url, token: await fleet.createToken('bench', 'admin') }
  },
  async feed({ terminals, from, until }) {
    const { telemetry } = fleetOf()
    const envelope = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const
    let round: Promise<void>[] = []
    for (let begin = from; begin < until; begin += together * reportMs) {
      for (let terminal = 0; terminal < terminals; terminal++) {
        const samples = Array.from({ length: together }, (_, index) => {
          const at = begin + index * reportMs + terminal * 40
          return { at, values: valuesAt(at, terminal) }
        })
        round.push(
          telemetry.keep(terminalName(terminal), { ...envelope, metrics: [...metricsTold], samples }),
        )
        if (terminal % 100 === 99) await breathe()
      }
      if (round.length < messagesAtOnce) continue
      await Promise.all(round)
      round = []
    }
    await Promise.all(round)
  },
  async lay({ terminals, from, until }) {
    const database = new DatabaseSync(join(folder, 'telemetry.db'), { timeout: 30_000 })
    const put = database.prepare('insert or ignore into telemetry_minutes values (?, ?, 10, ?)')
    const numbers = database.prepare('select number from telemetry_terminals where name = ?')
    database.exec('begin')
    for (let terminal = 0; terminal < terminals; terminal++) {
      const { number } = numbers.get(terminalName(terminal)) as { number: number }
      for (let at = from - (from % 300_000); at < until; at += 300_000) {
        const values = valuesAt(at, terminal).flatMap((value) => [value - 0.1, value, value + 0.1])
        const none = new Array<number>(metricNames.length * 3 - values.length).fill(Number.NaN)
        put.run(number, at, pack([...values, ...none], 3))
      }
    }
    database.exec('commit')
    database.close()
  },
  async 'longest turn'() {
    const ms = Math.max(0, delays.max / 1e6 - lookMs)
    delays.reset()
    return ms
  },
  async weigh() {
    const database = new DatabaseSync(join(folder, 'telemetry.db'), { readOnly: true })
    const sql = "select sum(pgsize) as bytes from dbstat where name = 'telemetry_raw'"
    const { bytes } = database.prepare(sql).get() as { bytes: number }
    database.close()
    return bytes
  },
  'sum up': () => fleetOf().telemetry.tend(),
  async latest({ terminals }) {
    const begun = performance.now()
    const all = Array.from({ length: terminals }, (_, number) =>
      fleetOf().telemetry.latest(terminalName(number)),
    )
    const { length } = JSON.stringify(all)
    return { ms: performance.now() - begun, bytes: length }
  },
  stop: () => fleetOf().stop(),
})
