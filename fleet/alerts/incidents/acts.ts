import type { IncidentAct } from '../../api/incident-schemas.ts'
import { ProblemError } from '../../problem.ts'
import type { IncidentRecord } from './incident.ts'

const maxNotes = 200

/** Whoever has taken an incident and does not come back to it keeps it no longer than a day after it is over. */
export const keptMs = 86_400_000

const withNote = (incident: IncidentRecord, by: string, text: string, now: number): IncidentRecord => {
  if (incident.notes.length >= maxNotes) throw new ProblemError('conflict', 'The incident has too many notes')
  return { ...incident, notes: [...incident.notes, { at: now, by, text }] }
}

const taken = (incident: IncidentRecord, by: string, now: number): IncidentRecord => ({
  ...incident,
  state: 'acknowledged',
  acknowledgedAt: incident.acknowledgedAt ?? now,
  acknowledgedBy: incident.acknowledgedBy ?? by,
})

/** What a person makes of an incident; `by` is the actor's id. Throws `ProblemError` `conflict` when it is resolved. */
export const act = (incident: IncidentRecord, wish: IncidentAct, by: string, now: number): IncidentRecord => {
  if (wish.act === 'note') return withNote(incident, by, wish.text, now)
  if (incident.state === 'resolved') throw new ProblemError('conflict', 'The incident is resolved already')
  switch (wish.act) {
    case 'acknowledge':
      return taken(incident, by, now)
    case 'assign':
      return { ...taken(incident, by, now), assignee: wish.assignee }
    case 'resolve': {
      const noted = wish.text ? withNote(incident, by, wish.text, now) : incident
      return { ...noted, state: 'resolved', resolvedAt: now, resolvedBy: by }
    }
  }
}

/** Ends by itself what is over and was forgotten. */
export const forgotten = ({ state, clearedAt }: IncidentRecord, now: number): boolean =>
  state === 'acknowledged' && clearedAt !== undefined && now - clearedAt >= keptMs
