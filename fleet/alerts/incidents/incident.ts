import type { AlertRule, Incident, Severity } from '../../api/incident-schemas.ts'
import { isFleet, type Watched } from '../watched.ts'

/** What an incident is about. The fleet itself stands in no village. */
export interface Affected extends Watched {
  readonly village: string
  readonly district: string
  /** When it began, in milliseconds. */
  readonly since: number
  /** When it was over. */
  readonly back?: number
}

/** One incident as the store has it. Records are replaced, never changed; times in milliseconds. */
export interface IncidentRecord {
  readonly id: string
  readonly rule: string
  readonly title: AlertRule['title']
  readonly severity: Severity
  readonly state: Incident['state']
  readonly affected: readonly Affected[]
  readonly district?: string
  readonly openedAt: number
  readonly clearedAt?: number
  readonly acknowledgedAt?: number
  readonly acknowledgedBy?: string
  readonly assignee?: string
  readonly resolvedAt?: number
  /** Not there when it ended by itself. */
  readonly resolvedBy?: string
  readonly flapping: boolean
  readonly detail?: string
  readonly notes: Incident['notes']
  /** When somebody was last reminded of it. */
  readonly remindedAt?: number
  /** The incident of the district that took it in; it is told no more. */
  readonly mergedInto?: string
}

/** An incident as people and programs see it; `sees` says which villages. `undefined` when none of it is theirs. */
export const incidentView = (
  record: IncidentRecord,
  sees: (village: string | undefined) => boolean = () => true,
): Incident | undefined => {
  const { affected, remindedAt: _, mergedInto: __, ...rest } = record
  const seen = affected.filter(({ subject, village }) => sees(isFleet(subject) ? undefined : village))
  if (seen.length === 0) return undefined
  const terminals = seen.filter(({ subject }) => !isFleet(subject))
  return {
    ...rest,
    notes: [...rest.notes],
    terminals: terminals.map(({ subject }) => subject),
    villages: [...new Set(terminals.map(({ village }) => village))],
  }
}

/** Whether what it is about still lasts. */
export const lasts = ({ state, clearedAt }: IncidentRecord): boolean =>
  state !== 'resolved' && clearedAt === undefined
