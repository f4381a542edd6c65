import type { DowntimeReason, History } from '../terminals/history.ts'
import { type Past, presence } from './count.ts'
import type { ShopHours } from './hours.ts'
import { difference, lengthOf, type Spans, union } from './spans.ts'

/** A time in which a terminal was away or one of its capabilities did not work. */
export interface Outage {
  /** Of an absence the id of its interval, by which people edit reason and note. */
  readonly id: string
  readonly terminal: string
  /** What did not work; `presence` where the terminal itself was away. */
  readonly capability: string
  readonly from: number
  readonly until?: number
  readonly reason: DowntimeReason
  readonly note?: string
  /** From its begin until it was noticed, in milliseconds, where that is known. */
  readonly detectMs?: number
  /** From when on it counts: while the fleet itself was away nobody knows. */
  readonly countsFrom: number
  /** Announced, so that it does not count. */
  readonly announced: Spans
  /** What `openMsOf` gives, once it is over. */
  readonly openMs?: number
  /** Ended by a command from afar and no person on the way. */
  readonly fixedRemotely?: boolean
}

/**
 * The outages in a past. An absence that ended within the time of grace is none, unless the terminal's own record says
 * that power or agent failed: a line that blinks is not worth a person's look, a crash is.
 */
export const outagesIn = ({ presence: intervals, capabilities }: Past): Omit<Outage, 'announced'>[] => {
  const absences = intervals.flatMap((interval) => {
    const { state, reason = 'unknown', id, terminal, from, until, note, unseenUntil = 0 } = interval
    const isCrash = state === 'suspect' && until !== undefined && (reason === 'power' || reason === 'agent')
    if (state !== 'offline' && state !== 'maintenance' && !isCrash) return []
    return {
      ...{ id, terminal, capability: presence, from, reason },
      ...(until === undefined ? {} : { until }),
      ...(note === undefined ? {} : { note }),
      // Leave that the terminal took for work on it counts as announced, all of it.
      countsFrom: state === 'maintenance' ? Number.POSITIVE_INFINITY : Math.max(from, unseenUntil),
    }
  })
  const faults = capabilities.flatMap(({ ok, terminal, capability, from, until, detail, detectedAt }) => {
    if (ok) return []
    return {
      ...{ id: `${terminal}/${capability}/${from}`, terminal, capability, from, countsFrom: from },
      reason: 'application' as const,
      ...(until === undefined ? {} : { until }),
      ...(detail === undefined ? {} : { note: detail }),
      ...(detectedAt === undefined ? {} : { detectMs: Math.max(0, detectedAt - from) }),
    }
  })
  return [...absences, ...faults]
}

/** The part of an outage in shop hours that nobody announced, in milliseconds; one that lasts is counted until now. */
export const openMsOf = (
  { countsFrom, until, announced, openMs }: Outage,
  hours: ShopHours,
  now: number,
): number => {
  if (openMs !== undefined) return openMs
  const end = Math.min(until ?? now, now)
  return countsFrom < end ? lengthOf(difference(hours.open(countsFrom, end), announced)) : 0
}

/** Looks up what was announced while an outage lasted. */
export const announcedIn = async (
  history: Pick<History, 'maintenance'>,
  { terminal, from, until = Number.MAX_SAFE_INTEGER }: Omit<Outage, 'announced'>,
): Promise<Spans> => union(await history.maintenance(terminal, from, until))

/** The same of an outage that lies in a past that is at hand. */
export const announcedOf = ({ maintenance }: Past, { from, until }: Pick<Outage, 'from' | 'until'>): Spans =>
  union(maintenance.filter((window) => touches(window, from, until ?? Number.POSITIVE_INFINITY)))

/** Whether an outage touches a range. */
export const touches = (outage: Pick<Outage, 'from' | 'until'>, from: number, until: number): boolean =>
  outage.from < until && (outage.until ?? Number.POSITIVE_INFINITY) > from

/** How soon after its end all is known of how an outage ended, in milliseconds: what a person asked for takes its time. */
const settledMs = 15 * 60_000

/** Whether time alone changes nothing of what is known of an outage; of one that lasts its end will be told. */
export const isSettled = ({ until }: Pick<Outage, 'until'>, now: number): boolean =>
  until === undefined || now >= until + settledMs
