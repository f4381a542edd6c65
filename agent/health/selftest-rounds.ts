import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { OpeningHours } from '../../protocol/opening-hours.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Finding } from '../capability.ts'
import type { Outbox } from '../link/outbox.ts'
import type { Marks } from '../marks.ts'
import { runSelfTest, type SelfTest } from './selftests.ts'

/** What a self-test found, and when by the fleet's clock. */
export interface Evidence extends Finding {
  readonly name: string
  readonly at: number
}

/** Self-tests that a terminal does by itself while its shop is open. */
export interface SelfTestRounds {
  /** Tests from time to time until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
  /** Somebody uses the terminal: a test that runs is broken off, and none begins for a while. */
  disturb(): void
  /** The newest evidence of each test. */
  latest(): readonly Evidence[]
}

/** What rounds of self-tests are made of. */
export interface RoundsParts {
  /** Called for each round: what tests devices is not loaded before. */
  readonly tests: () => Promise<readonly SelfTest[]>
  readonly hours: () => OpeningHours
  /** Whether nobody uses the terminal (no command runs, no visit is on) and the fleet can be reached. */
  readonly free: () => boolean
  readonly outbox: Pick<Outbox, 'put'>
  readonly marks: Marks
  /** The fleet's clock, in milliseconds since 1970. */
  readonly now: () => number
  /** From 0 to below 1: spreads the rounds of a fleet. */
  readonly random: () => number
  readonly monotonic?: () => number
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  readonly logger: Logger
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** After the agent has started nobody knows what goes on around it: the first round waits. */
const firstMs = { least: 10 * minuteMs, spread: 30 * minuteMs }
const betweenMs = { least: 2 * hourMs, spread: 2 * hourMs }
/** Whoever used the terminal may still stand before it. */
const quietMs = 5 * minuteMs
const lookMs = minuteMs
const mark = 'selftest-round'

/** INVARIANT: no test begins, or goes on, while the terminal is used or was used a moment ago, or while its shop is closed. */
export const createSelfTestRounds = (parts: RoundsParts): SelfTestRounds => {
  const { tests, hours, free, outbox, marks, now, random, logger } = parts
  const { monotonic = () => performance.now() } = parts
  const { wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false }) } = parts
  const found = new Map<string, Evidence>()
  let disturbedAt = Number.NEGATIVE_INFINITY
  let round: AbortController | undefined
  let dueAt = 0
  let wasClosed = false

  const spread = ({ least, spread: by }: typeof firstMs) => least + random() * by
  const isQuiet = () => free() && monotonic() - disturbedAt >= quietMs
  /** Whether the shop is open; shops of a district open at once, so what was due waits for its own moment then. */
  const opened = async () => {
    // It brings the zones of the world, which an agent that waits can do without.
    const { isOpen } = await import('../../protocol/opening-hours.ts')
    const open = isOpen(hours(), now())
    if (open && wasClosed) dueAt = monotonic() + random() * firstMs.spread
    wasClosed = !open
    return open
  }
  const tell = ({ name, at, ok, detail, skipped }: Evidence) =>
    outbox.put('event', {
      id: uuidv7(),
      type: 'selftest',
      at,
      data: { capability: name, ok, evidence: detail.slice(0, 300), ...(skipped ? { skipped } : {}) },
    })
  const test = async (signal: AbortSignal) => {
    for (const each of await tests()) {
      const finding = await runSelfTest(each, signal)
      if (finding.busy) continue
      const evidence = { ...finding, name: each.name, at: now() }
      found.set(each.name, evidence)
      tell(evidence)
    }
  }
  const look = async (signal: AbortSignal) => {
    if (monotonic() < dueAt || !(await opened()) || monotonic() < dueAt || !isQuiet()) return
    const last = Number(marks.get(mark) ?? 0)
    const since = now() - last
    // A clock that was put back must not stop the rounds for years.
    if (since >= 0 && since < betweenMs.least) {
      dueAt = monotonic() + betweenMs.least - since
      return
    }
    round = new AbortController()
    try {
      await test(AbortSignal.any([signal, round.signal]))
      marks.set(mark, String(now()))
      dueAt = monotonic() + spread(betweenMs)
    } catch (error) {
      if (!signal.aborted && !round.signal.aborted) logger.error({ error }, 'the self-tests met a fault')
      dueAt = monotonic() + quietMs
    } finally {
      round = undefined
    }
  }
  return {
    latest: () => [...found.values()],
    disturb() {
      disturbedAt = monotonic()
      round?.abort(new Error('The terminal is used'))
    },
    async run(signal) {
      dueAt = monotonic() + spread(firstMs)
      while (!signal.aborted) {
        await look(signal).catch((error: unknown) => logger.error({ error }, 'no self-test could begin'))
        await wait(lookMs, signal).catch(() => {})
      }
    },
  }
}
