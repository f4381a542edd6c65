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

/** What is asked about: `until` is not in it, `step` is the least length of a step; all in milliseconds. */
export interface Span {
  readonly from: number
  readonly until: number
  readonly step: number
}

/** The finest tier that still has all of a time and is no finer than asked for. */
export const tierFor = ({ from, step }: Span, now: number): Tier => {
  if (from >= now - raw.keptMs && step < minutes.stepMs) return raw
  return from >= now - minutes.keptMs && step < hours.stepMs ? minutes : hours
}

/** The length of the steps of an answer from a tier: `asked`, and `widest` when that would be too many points. */
export const stepsFor = (
  { from, until, step }: Span,
  { stepMs }: Tier,
): { readonly asked: number; readonly widest: number } => {
  const ofTier = (wanted: number) => Math.max(1, Math.ceil(wanted / stepMs)) * stepMs
  const asked = ofTier(step)
  return { asked, widest: Math.max(asked, ofTier((until - from) / (maxPoints - 1))) }
}
