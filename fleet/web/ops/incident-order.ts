import type { Incident } from '../../api/incident-schemas.ts'
import type { Tone } from '../expert/terminal-state.ts'

const severities: readonly Incident['severity'][] = ['page', 'warn', 'info']
const states: readonly Incident['state'][] = ['open', 'acknowledged', 'resolved']

/** The worst first: nobody has it, it is grave, it is old. Resolved ones the newest first. */
export const worstIncidentFirst = (a: Incident, b: Incident): number => {
  const byState = states.indexOf(a.state) - states.indexOf(b.state)
  if (byState !== 0) return byState
  if (a.state === 'resolved') return (b.resolvedAt ?? b.openedAt) - (a.resolvedAt ?? a.openedAt)
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    a.openedAt - b.openedAt ||
    (a.id < b.id ? -1 : 1)
  )
}

/** Those that a person still has to deal with, the worst first. */
export const unresolved = (incidents: readonly Incident[]): readonly Incident[] =>
  incidents.filter(({ state }) => state !== 'resolved').toSorted(worstIncidentFirst)

/** Where it is, in a few names; empty where it is about the fleet itself. */
export const whereOf = ({ district, villages }: Pick<Incident, 'district' | 'villages'>): string =>
  district ?? villages.slice(0, 3).join(', ')

/** How an incident looks beside its words. */
export const incidentTone = ({ severity, state }: Pick<Incident, 'severity' | 'state'>): Tone => {
  if (state === 'resolved') return 'good'
  return severity === 'page' ? 'bad' : severity === 'warn' ? 'warn' : 'quiet'
}
