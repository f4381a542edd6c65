import { numbersOf, type Reader } from './reader.ts'

/** Each measure wakes the processor, so they are few. */
const everyMs = 250
/** The measures of a minute. */
const most = 240

/**
 * The agent's own memory, and by how much its loop was late since the reading before (99th percentile). A timer of our
 * own: the histogram of `node:perf_hooks` takes 0.8 MB of the 70 that an agent may have.
 */
export const agentReader = (): Reader => {
  let delays: number[] = []
  let due = performance.now() + everyMs
  const measure = () => {
    const now = performance.now()
    if (delays.length < most) delays.push(Math.max(0, now - due))
    due = now + everyMs
  }
  const timer = setInterval(measure, everyMs).unref()
  return {
    name: 'agent',
    async read() {
      const sorted = delays.toSorted((one, other) => one - other)
      delays = []
      const late = sorted[Math.ceil(0.99 * sorted.length) - 1]
      return numbersOf({
        agent_memory: process.memoryUsage.rss(),
        agent_delay: late === undefined ? undefined : late / 1000,
      })
    },
    stop() {
      clearInterval(timer)
    },
  }
}
