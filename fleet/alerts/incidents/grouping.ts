import type { AlertRule, Severity } from '../../api/incident-schemas.ts'
import { isSame, type Watched } from '../watched.ts'
import { type Affected, type IncidentRecord, lasts } from './incident.ts'

/** What became of an incident, for those who are told: `moved` is worth no message. */
export interface IncidentChange {
  readonly incident: IncidentRecord
  readonly what: 'opened' | 'widened' | 'flapping' | 'merged' | 'moved' | 'cleared'
}

/** Something that was raised. */
export interface Raised {
  readonly rule: AlertRule
  readonly affected: Affected
  readonly now: number
  readonly flapping: boolean
  readonly detail?: string
  readonly newId: () => string
}

/** Several terminals at once are worse than one. */
const escalated: Readonly<Record<Severity, Severity>> = { page: 'page', warn: 'page', info: 'info' }

const { detailLength, affectedCount } = { detailLength: 300, affectedCount: 2000 }

const has = (incident: IncidentRecord, watched: Watched): boolean =>
  incident.affected.some((one) => isSame(one, watched))

const withAffected = (incident: IncidentRecord, affected: Affected): readonly Affected[] =>
  [...incident.affected.filter((one) => !isSame(one, affected)), affected].slice(-affectedCount)

/** As it was before it was over. */
const live = ({ clearedAt: _, resolvedAt: __, ...incident }: IncidentRecord): IncidentRecord => ({
  ...incident,
  state: incident.acknowledgedAt === undefined ? 'open' : 'acknowledged',
})

/** Whether it ended by itself so lately that what comes now is the same again. */
const mayReturn = (incident: IncidentRecord, { rule, now }: Raised): boolean => {
  const { state, clearedAt, resolvedBy, mergedInto } = incident
  if (clearedAt === undefined || resolvedBy !== undefined || mergedInto !== undefined) return false
  return state === 'acknowledged' || now - clearedAt < rule.flapping.seconds * 1000
}

/** It is in the incident already: nothing to tell, but for flapping. */
const again = (incident: IncidentRecord, { affected, flapping, detail }: Raised): IncidentChange[] => {
  const known = incident.affected.find((one) => isSame(one, affected))
  const flaps = flapping && !incident.flapping
  if (known && known.back === undefined && !flaps && incident.detail === detail) return []
  const next = {
    ...incident,
    affected: withAffected(incident, { ...affected, since: known?.since ?? affected.since }),
    flapping: incident.flapping || flapping,
    ...(detail === undefined ? {} : { detail: detail.slice(0, detailLength) }),
  }
  // One that flaps in a district is not the district that flaps.
  return [{ incident: next, what: flaps && incident.district === undefined ? 'flapping' : 'moved' }]
}

const joined = (incident: IncidentRecord, { affected }: Raised): IncidentChange[] => [
  { incident: { ...incident, affected: withAffected(incident, affected) }, what: 'moved' },
]

/** The oldest becomes that of the district and takes in the others. */
const widened = (alone: readonly IncidentRecord[], { affected, now }: Raised): IncidentChange[] => {
  const [first, ...others] = [...alone].sort((one, other) => one.openedAt - other.openedAt)
  if (!first) return []
  const incident: IncidentRecord = {
    ...first,
    district: affected.district,
    severity: escalated[first.severity],
    affected: [...first.affected, ...others.flatMap((other) => other.affected), affected],
    notes: [first, ...others].flatMap(({ notes }) => notes),
    flapping: alone.some(({ flapping }) => flapping),
  }
  const merged = others.map((other): IncidentChange => {
    const ended = { ...other, state: 'resolved', resolvedAt: now, mergedInto: first.id } as const
    return { incident: ended, what: 'merged' }
  })
  return [{ incident, what: 'widened' }, ...merged]
}

const opened = ({ rule, affected, now, flapping, detail, newId }: Raised): IncidentChange => {
  const incident: IncidentRecord = {
    id: newId(),
    rule: rule.id,
    title: rule.title,
    severity: rule.severity,
    state: 'open',
    affected: [affected],
    openedAt: now,
    flapping,
    ...(detail === undefined ? {} : { detail: detail.slice(0, detailLength) }),
    notes: [],
  }
  return { incident, what: flapping ? 'flapping' : 'opened' }
}

/** What is to be done with those of a district. */
const inDistrict = (ofRule: readonly IncidentRecord[], raised: Raised): IncidentChange[] => {
  const { rule, affected } = raised
  if (rule.district === undefined || affected.district === '') return []
  const regional = ofRule.filter(({ district }) => district === affected.district)
  const current = regional.find(lasts)
  if (current) return joined(current, raised)
  const before = regional.find((incident) => mayReturn(incident, raised))
  if (before) return [{ incident: live({ ...before, affected: [affected] }), what: 'opened' }]
  const { seconds, terminals } = rule.district
  const near = ofRule.filter(
    ({ district, affected: [only] }) =>
      district === undefined &&
      only?.district === affected.district &&
      Math.abs(only.since - affected.since) <= seconds * 1000,
  )
  const alone = near.filter(lasts)
  return alone.length + 1 >= terminals ? widened(alone, raised) : []
}

/**
 * What becomes of the incidents when a rule's trouble is raised. Incidents that ended lately are among them, so that
 * what comes and goes stays one. A village that nobody described is in no district.
 */
export const raise = (incidents: Iterable<IncidentRecord>, raised: Raised): IncidentChange[] => {
  const { rule, affected } = raised
  const ofRule = [...incidents].filter((one) => one.rule === rule.id && one.mergedInto === undefined)
  const holding = ofRule.find((one) => lasts(one) && has(one, affected))
  if (holding) return again(holding, raised)
  const regional = inDistrict(ofRule, raised)
  if (regional.length > 0) return regional
  const before = ofRule
    .filter((one) => one.district === undefined && has(one, affected) && mayReturn(one, raised))
    .sort((one, other) => other.openedAt - one.openedAt)[0]
  if (!before) return [opened(raised)]
  const [change] = again(live(before), raised)
  return change ? [{ ...change, what: raised.flapping && !before.flapping ? 'flapping' : 'opened' }] : []
}

/** What becomes of them when the trouble of what a rule watches is over. It ends by itself unless somebody has taken it. */
export const settle = (
  incidents: Iterable<IncidentRecord>,
  { rule, watched, now }: { readonly rule: string; readonly watched: Watched; readonly now: number },
): IncidentChange[] => {
  const holding = [...incidents].find((one) => one.rule === rule && lasts(one) && has(one, watched))
  if (!holding) return []
  const affected = holding.affected.map((one) =>
    isSame(one, watched) && one.back === undefined ? { ...one, back: now } : one,
  )
  const moved = { ...holding, affected }
  if (affected.some(({ back }) => back === undefined)) return [{ incident: moved, what: 'moved' }]
  const cleared: IncidentRecord =
    holding.state === 'acknowledged'
      ? { ...moved, clearedAt: now }
      : { ...moved, clearedAt: now, state: 'resolved', resolvedAt: now }
  return [{ incident: cleared, what: 'cleared' }]
}
