import type { AlertRule, Incident } from '../api/incident-schemas.ts'
import type { IncidentChange } from './incidents/grouping.ts'
import { type IncidentRecord, incidentView } from './incidents/incident.ts'

/** What people are told of an incident. */
export type NoticeKind = 'opened' | 'flapping' | 'reminder' | 'recovered'

/** One message about one incident, as it stood then. */
export interface Notice {
  readonly kind: NoticeKind
  readonly incident: Incident
  readonly runbook: AlertRule['runbook']
  /** When it was written, in milliseconds. */
  readonly at: number
}

/** What is to be done in the outbox: messages to add, or those that are no longer wanted. */
export interface Errand {
  readonly incident: string
  /** Without it nobody hears anything any more. */
  readonly notice?: Notice
  readonly channels: readonly string[]
  /** Before that it does not go out: a neighbour's may make one of both. */
  readonly dueAt: number
}

/** How long the first of a district waits for its neighbours, in milliseconds. */
export const gatherMs = 30_000

/** A message about an incident, or `undefined` when its rule tells nobody. */
export const errandOf = (
  incident: IncidentRecord,
  kind: NoticeKind,
  rule: AlertRule | undefined,
  now: number,
): Errand | undefined => {
  const view = incidentView(incident)
  if (!rule || !view || incident.severity === 'info') return undefined
  const gathers = kind === 'opened' && rule.district !== undefined && incident.district === undefined
  const wait = gathers ? Math.min(gatherMs, (rule.district?.seconds ?? 0) * 1000) : 0
  return {
    incident: incident.id,
    notice: { kind, incident: view, runbook: rule.runbook, at: now },
    channels: rule.notify,
    dueAt: now + wait,
  }
}

/** What a change is told as. */
export const errandOfChange = (
  { incident, what }: IncidentChange,
  rule: AlertRule | undefined,
  now: number,
): Errand | undefined => {
  if (what === 'moved') return undefined
  if (what === 'merged') return { incident: incident.id, channels: [], dueAt: now }
  const kinds = { opened: 'opened', widened: 'opened', flapping: 'flapping', cleared: 'recovered' } as const
  return errandOf(incident, kinds[what], rule, now)
}
