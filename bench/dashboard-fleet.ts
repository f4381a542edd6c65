import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { createFleet, type Fleet } from '../fleet/fleet.ts'
import { obey } from './fleet-process.ts'

/**
 * A whole fleet with a past in a process of its own. Takes one order after another from the process that forked it, and
 * ends with it.
 */
export type DashboardOrder =
  /** Registers terminals and lays their past of so many days directly into the tables. */
  | {
      readonly act: 'prepare'
      readonly dataFolder: string
      readonly terminals: number
      readonly days: number
    }
  | { readonly act: 'start'; readonly dataFolder: string }
  /** Answers with the longest time for which the event loop was held since the last order of this kind, in ms. */
  | { readonly act: 'hold' }
  | { readonly act: 'stop' }

const dayMs = 86_400_000
const capabilities = ['scanner', 'printer', 'copier', 'terminal', 'camera', 'screen']

const loop = monitorEventLoopDelay({ resolution: 1 })
const fleets: Fleet[] = []

const open = async (dataFolder: string): Promise<Fleet> => {
  const settings = { host: '127.0.0.1', httpPort: 0, mqttPort: 0, dataFolder } as const
  const fleet = createFleet(
    { ...settings, synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
    pino({ level: 'silent' }),
  )
  await fleet.start()
  fleets.push(fleet)
  return fleet
}

const close = async () => {
  for (const fleet of fleets.splice(0)) await fleet.stop()
}

/** A terminal that lost its power about once a day for up to an hour, and whose devices each failed once. */
const lay = (database: DatabaseSync, terminal: string, number: number, days: number): void => {
  const presence = database.prepare(
    'insert into presence_intervals (id, terminal, state, from_at, until_at, reason) values (?, ?, ?, ?, ?, ?)',
  )
  const capability = database.prepare(
    'insert into capability_intervals (terminal, capability, ok, from_at, until_at, detail, detected_at) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const begin = Date.now() - days * dayMs
  database.prepare('update configuration_documents set at = ? where terminal = ?').run(begin, terminal)
  database.prepare('update terminals set last_seen = ? where id = ?').run(Date.now(), terminal)
  database.prepare('delete from presence_intervals where terminal = ?').run(terminal)
  let from = begin
  for (let n = 0; n < days; n++) {
    const fall = begin + n * dayMs + ((number * 7919 + n * 104_729) % 22) * 3_600_000
    const back = fall + (1 + ((number * 31 + n * 17) % 59)) * 60_000
    presence.run(`${terminal}-${n}-there`, terminal, 'online', from, fall, null)
    presence.run(`${terminal}-${n}-away`, terminal, 'offline', fall, back, 'power')
    from = back
  }
  presence.run(`${terminal}-now`, terminal, 'online', from, null, null)
  for (const [index, name] of capabilities.entries()) {
    const fault = begin + ((number * 13 + index * 5) % days) * dayMs + 7 * 3_600_000
    const mended = fault + 5_400_000
    capability.run(terminal, name, 1, begin, fault, null, null)
    capability.run(terminal, name, 0, fault, mended, 'It does not answer', fault + 8000)
    capability.run(terminal, name, 1, mended, null, null, null)
  }
}

obey<DashboardOrder>({
  async prepare({ dataFolder, terminals, days }) {
    const fleet = await open(dataFolder)
    const ids = Array.from({ length: terminals }, (_, number) => `terminal-${number}`)
    for (const [number, id] of ids.entries()) await fleet.registerTerminal(id, `Авыл ${number}`)
    const token = await fleet.createToken('bench', 'admin')
    await close()
    const database = new DatabaseSync(join(dataFolder, 'fleet.db'), { timeout: 30_000 })
    database.exec('begin')
    for (const [number, id] of ids.entries()) lay(database, id, number, days)
    database.exec('commit')
    database.close()
    return token
  },
  async start({ dataFolder }) {
    const fleet = await open(dataFolder)
    loop.enable()
    return fleet.url
  },
  async hold() {
    const longest = loop.max / 1e6
    loop.reset()
    return longest
  },
  stop: close,
})
