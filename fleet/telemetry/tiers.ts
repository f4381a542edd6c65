const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** One fineness in which the past is kept. */
export interface Tier {
  readonly table: 'telemetry_raw' | 'telemetry_minutes' | 'telemetry_hours'
  readonly width: 1 | 3
  /** The length of its steps in milliseconds; 1 where every sample is kept. */
  readonly stepMs: number
  readonly keptMs: number
}

export const raw: Tier = { table: 'telemetry_raw', width: 1, stepMs: 1, keptMs: 2 * dayMs }
export const minutes: Tier = { table: 'telemetry_minutes', width: 3, stepMs: 300_000, keptMs: 30 * dayMs }
export const hours: Tier = { table: 'telemetry_hours', width: 3, stepMs: hourMs, keptMs: 3 * 366 * dayMs }

/** The most points of one answer. */
export const maxPoints = 5000

/** Where the step begins that a time is in. */
export const floorTo = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs

/** The tier that answers a question, and the length of the steps of the answer. */
export const tierFor = (
  { from, until, step }: { readonly from: number; readonly until: number; readonly step: number },
  now: number,
): { readonly tier: Tier; readonly stepMs: number } => {
  const wanted = Math.max(step, Math.ceil((until - from) / (maxPoints - 1)), 1)
  const tier =
    [raw, minutes].find(
      ({ keptMs }, index, finer) => from >= now - keptMs && wanted < (finer[index + 1] ?? hours).stepMs,
    ) ?? hours
  return { tier, stepMs: Math.ceil(wanted / tier.stepMs) * tier.stepMs }
}
