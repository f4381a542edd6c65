import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Line } from '../../link/line.ts'
import type { Outbox } from '../../link/outbox.ts'
import { createPacking, type TelemetryBody } from './packing.ts'
import type { Values } from './reader.ts'
import { rounded } from './rounding.ts'
import type { Sampler } from './sampler.ts'

/** The figures of one terminal, measured and told. */
export interface Vitals {
  /** Measures and tells until the signal is aborted; what was not told by then is kept. */
  run(signal: AbortSignal): Promise<void>
  /** What was measured last, in useful digits. */
  latest(): Values
}

/** What vitals are made of. */
export interface VitalsParts {
  readonly sampler: Sampler
  readonly line: Pick<Line, 'isUp' | 'send'>
  readonly outbox: Pick<Outbox, 'put'>
  /** The fleet's clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Between two reports, in seconds; may change at any time. */
  readonly everySeconds: () => number
  readonly monotonic?: () => number
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  readonly logger: Logger
}

/** The longest time until something that has moved is seen, in milliseconds. */
const longestLookMs = 10_000
/** Samples in one report of the usual interval. */
const samplesAReport = 2
/** Samples in one message that waits for the line. */
const samplesKept = 10
/** Reports out of turn: so many at once, then one in this time, in milliseconds. */
const outOfTurn = { burst: 5, paceMs: 60_000 }

/** The vitals of one terminal; nothing is measured before `run`. */
export const createVitals = (parts: VitalsParts): Vitals => {
  const { sampler, line, outbox, now, everySeconds, logger } = parts
  const { monotonic = () => performance.now() } = parts
  const { wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false }) } = parts
  const packing = createPacking()
  let latest: Values = {}
  let sampledAt = Number.NEGATIVE_INFINITY
  let reportedAt = Number.NEGATIVE_INFINITY
  let tokens = outOfTurn.burst
  let filledAt = monotonic()

  const keep = (body: TelemetryBody) => {
    try {
      outbox.put('telemetry', body)
    } catch (error) {
      logger.warn({ error }, 'vitals could not be kept')
    }
  }
  const report = (time: number) => {
    reportedAt = time
    const body = packing.take()
    if (!body) return
    line.send('telemetry', body).catch(() => keep(body))
  }
  const mayOutOfTurn = (time: number): boolean => {
    tokens = Math.min(outOfTurn.burst, tokens + (time - filledAt) / outOfTurn.paceMs)
    filledAt = time
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
  const look = async (signal: AbortSignal) => {
    latest = rounded(await sampler.read(signal))
    const time = monotonic()
    const everyMs = everySeconds() * 1000
    const moved = packing.hasMoved(latest) && mayOutOfTurn(time)
    if (moved || time - sampledAt >= everyMs / samplesAReport) {
      packing.add(now(), time, latest)
      sampledAt = time
    }
    if (!line.isUp) {
      const body = packing.waiting >= samplesKept ? packing.take() : undefined
      if (body) keep(body)
    } else if (moved || time - reportedAt >= everyMs) report(time)
  }
  return {
    latest: () => latest,
    async run(signal) {
      try {
        while (!signal.aborted) {
          await look(signal).catch((error: unknown) => {
            if (!signal.aborted) logger.error({ error }, 'the vitals met a fault')
          })
          const lookMs = Math.min(longestLookMs, (everySeconds() * 1000) / samplesAReport)
          await wait(lookMs, signal).catch(() => {})
        }
        const rest = packing.take()
        if (rest) keep(rest)
      } finally {
        sampler.stop()
      }
    },
  }
}
