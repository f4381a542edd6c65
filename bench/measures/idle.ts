import { setTimeout as pass } from 'node:timers/promises'
import { CountingLink } from '../../simulator/counting-link.ts'
import { startTestDevices } from '../../simulator/devices.ts'
import type { SimulatedTerminal } from '../../simulator/terminal.ts'
import type { AgentBundle } from '../bundles.ts'
import { withFleet } from '../fleet-under-test.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure } from '../results.ts'

const settleMs = 20_000
const windowMs = 120_000
const windowsADay = 86_400_000 / windowMs

/** What an agent costs that waits for work, with a SANE scanner and an IPP printer, on its bundle. */
export const idle = async (bundle: AgentBundle): Promise<Figures> => {
  let doorPort = 0
  const link = new CountingLink(() => doorPort)
  const devices = (folder: string) => startTestDevices({ id: 'bench', folder, printed: `${folder}/printed` })
  const port = (mqttPort: number) => {
    doorPort = mqttPort
    return link.start()
  }
  try {
    return await withFleet({ bundle, devices, port }, ({ terminal }) => watch(link, terminal))
  } finally {
    await link.stop()
  }
}

const watch = async (link: CountingLink, terminal: SimulatedTerminal): Promise<Figures> => {
  await pass(settleMs)
  const pid = terminal.agent.pid ?? 0
  const before = processCost(pid)
  const bytesBefore = link.bytes
  await pass(windowMs)
  const after = processCost(pid)
  const megabytes = (link.bytes - bytesBefore) / 1e6
  const cpu = (after.cpuSeconds - before.cpuSeconds) / (windowMs / 1000)
  const window = `${windowMs / 1000} s after ${settleMs / 1000} s of settling`
  return {
    'agent.idle.rss_mb': figure(after.rssMb, 'MB', `VmRSS of the bundled agent; target 70; ${window}`),
    'agent.idle.cpu_share': figure(cpu, 'share of a core', `utime + stime; target 0.005; ${window}`),
    'wire.idle.mb_per_day': figure(
      megabytes * windowsADay,
      'MB/day',
      `bytes of the TLS connections both ways; target 2; ${window}`,
    ),
  }
}
