import { monitorEventLoopDelay } from 'node:perf_hooks'
import { numbersOf, type Reader } from './reader.ts'

/** Each measure wakes the processor, so they are few. */
const resolution = 100

/** The agent's own memory, and by how much its loop was late since the reading before (99th percentile). */
export const agentReader = (): Reader => {
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  return {
    name: 'agent',
    async read() {
      const late = delays.count > 0 ? Math.max(0, delays.percentile(99) / 1e9 - resolution / 1000) : undefined
      delays.reset()
      return numbersOf({ agent_memory: process.memoryUsage.rss(), agent_delay: late })
    },
    stop() {
      delays.disable()
    },
  }
}
