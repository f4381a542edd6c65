import type { SelfTestOutput } from '../../protocol/capabilities/terminal.ts'
import type { Capability, Finding } from '../capability.ts'
import type { Clock } from '../link/clock.ts'
import type { Line } from '../link/line.ts'
import { freeBytes } from '../reserve.ts'
import { evidenceOf } from './evidence.ts'

/** One thing that is checked. */
export interface SelfTest {
  readonly name: string
  check(signal: AbortSignal): Promise<Finding>
}

/** How long one check may take, in milliseconds. */
const checkMs = 30_000

const reported = async (capability: Pick<Capability, 'report'>, signal: AbortSignal): Promise<Finding> => {
  const since = performance.now()
  const report = await capability.report(signal)
  return { ok: report.ok, detail: evidenceOf(report, performance.now() - since) }
}

/** Each capability by its own report: what its device answers, and how fast. */
export const capabilityTests = (capabilities: readonly Pick<Capability, 'name' | 'report'>[]): SelfTest[] =>
  capabilities.map((capability) => ({
    name: capability.name,
    check: (signal) => reported(capability, signal),
  }))

/** The same, and what their devices show when they are used; only for when nobody uses the terminal. */
export const deepTests = (
  capabilities: readonly Pick<Capability, 'name' | 'report' | 'test'>[],
): SelfTest[] =>
  capabilities.map((capability) => ({
    name: capability.name,
    async check(signal) {
      const said = await reported(capability, signal)
      const shown = said.ok ? await capability.test?.(signal) : undefined
      return shown ? { ...shown, detail: `${said.detail}; ${shown.detail}` } : said
    },
  }))

/** Room below which a scan may not find its place on the disk, in bytes. */
const leastFreeBytes = 512 * 1024 * 1024

/** The line, the clock, the disk and the database of the terminal itself. */
export const ownTests = (parts: {
  readonly line: Line
  readonly clock: Clock
  readonly dataFolder: string
  readonly writeMark: () => void
}): SelfTest[] => {
  const { line, clock, dataFolder, writeMark } = parts
  return [
    { name: 'line', check: async () => ({ ok: line.isUp, detail: line.isUp ? 'is up' : 'is down' }) },
    {
      name: 'clock',
      check: async () => ({ ok: clock.heard, detail: clock.heard ? "runs by the fleet's" : 'was never set' }),
    },
    {
      name: 'disk',
      async check() {
        const free = await freeBytes(dataFolder)
        return { ok: free >= leastFreeBytes, detail: `${Math.round(free / 1024 / 1024)} MiB free` }
      },
    },
    {
      name: 'database',
      async check() {
        const since = performance.now()
        writeMark()
        return { ok: true, detail: `a flushed write took ${(performance.now() - since).toFixed(1)} ms` }
      },
    },
  ]
}

/** Runs one; one that throws or takes too long has failed. Rejects with the signal's reason. */
export const runSelfTest = async ({ check }: SelfTest, signal: AbortSignal): Promise<Finding> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(checkMs)])
  const given = Promise.withResolvers<never>()
  const giveUp = () => given.reject(new Error('took too long'))
  limit.addEventListener('abort', giveUp, { once: true })
  try {
    const finding = await Promise.race([check(limit), given.promise])
    return { ...finding, detail: finding.detail.slice(0, 500) }
  } catch (thrown) {
    signal.throwIfAborted()
    return { ok: false, detail: thrown instanceof Error ? thrown.message.slice(0, 500) : 'failed' }
  } finally {
    limit.removeEventListener('abort', giveUp)
  }
}

/** Runs all at once. */
export const runSelfTests = async (
  tests: readonly SelfTest[],
  signal: AbortSignal,
): Promise<SelfTestOutput> => {
  const checks = await Promise.all(
    tests.map(async (test) => {
      const { ok, detail } = await runSelfTest(test, signal)
      return { name: test.name, ok, detail }
    }),
  )
  return { ok: checks.every(({ ok }) => ok), checks }
}
