import { uuidv7 } from '../../protocol/uuid.ts'
import type { PresenceIntervalRow } from '../store/schema.ts'

/** When neighbours that are lost together are one outage. */
export interface RegionalRule {
  /** So many terminals of a district at least. */
  readonly least: number
  /** And so great a share of those that it has. */
  readonly share: number
  /** Lost within so many milliseconds. */
  readonly withinMs: number
}

export const regionalRule: RegionalRule = { least: 2, share: 0.2, withinMs: 300_000 }

/** What of a district is away, unannounced. */
export interface District {
  readonly size: number
  readonly away: readonly PresenceIntervalRow[]
}

/**
 * The absences that one more, `lost`, makes a regional outage, all named by its id; none when it does not. One that
 * lasts takes in whoever follows within the time of the rule.
 */
export const outageWith = (
  lost: PresenceIntervalRow,
  { size, away }: District,
  rule: RegionalRule = regionalRule,
): { readonly id: string; readonly members: readonly PresenceIntervalRow[] } | undefined => {
  const near = away.filter((row) => Math.abs(row.from_at - lost.from_at) <= rule.withinMs)
  const known = near.find(({ outage }) => outage !== null)?.outage
  if (known) return { id: known, members: near.filter(({ outage }) => outage === null) }
  const terminals = new Set(near.map(({ terminal }) => terminal)).size
  if (terminals < Math.max(rule.least, rule.share * size)) return undefined
  return { id: uuidv7(lost.from_at), members: near }
}
