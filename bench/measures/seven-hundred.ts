import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { allThere } from '../../simulator/village-run.ts'
import { prepareFleet } from '../bundled-fleet.ts'
import { end } from '../fleet-process.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure } from '../results.ts'

const count = 700
const settleMs = 10_000
/** Between two reports of vitals, and how long they are told. */
const reportSeconds = 30
const toldMs = 100_000

/** The bundled fleet with 700 simulated terminals: its memory, and how soon all are back after its restart. */
export const sevenHundred = async (program: string): Promise<Figures> => {
  const folder = await mkdtemp(path(tmpdir(), 'avyl-bench-'))
  let fleet: ChildProcess | undefined
  let simulation: ChildProcess | undefined
  try {
    const { api, terminals, start, join } = await prepareFleet({
      folder,
      program,
      terminals: count,
      reportSeconds,
    })
    fleet = await start()
    simulation = await join()
    await pass(settleMs)
    const { rssMb } = processCost(fleet.pid ?? 0)
    await end(fleet, 'SIGKILL')
    const begun = performance.now()
    fleet = await start()
    const open = processCost(fleet.pid ?? 0)
    await allThere(api, terminals)
    const seconds = (performance.now() - begun) / 1000
    const again = processCost(fleet.pid ?? 0)
    await pass(toldMs)
    const telling = processCost(fleet.pid ?? 0)
    return {
      'fleet.700.rss_mb': figure(
        Math.max(rssMb, again.rssMb),
        'MB',
        `VmRSS of the bundled fleet with ${count} terminals over mutual TLS, before and after its restart; target 250`,
      ),
      'fleet.700.vitals_rss_mb': figure(
        telling.rssMb,
        'MB',
        `the same while all tell their vitals each ${reportSeconds} s, ${toldMs / 1000} s after they are back; target 300`,
      ),
      'fleet.700.vitals_cpu_share': figure(
        ((telling.cpuSeconds - again.cpuSeconds) * 1000) / toldMs,
        'share of a core',
        'processor time of the fleet in this time',
      ),
      'fleet.700.reconnect_cpu_ms': figure(
        ((again.cpuSeconds - open.cpuSeconds) * 1000) / count,
        'ms',
        "processor time of the fleet for each terminal, from the open door until all are there: handshake, CONNECT, presence, profile, configuration; target 2 for the broker's part",
      ),
      'fleet.700.reconnect_s': figure(
        seconds,
        's',
        `from the fleet's new start until all ${count} are there, terminals on the same 2 cores; target 60`,
      ),
    }
  } finally {
    await end(simulation, 'SIGKILL')
    await end(fleet, 'SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
}
