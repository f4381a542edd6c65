import type { AlertRule, Colleague, Incident, IncidentAct } from '../../api/incident-schemas.ts'
import { type Api, jsonBody, readJson } from '../api.ts'

const at = (id: string): string => encodeURIComponent(id)

/** Incidents and the rules behind them over the API. Every function throws `ApiProblem` only. */
export const incidentApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    /** Those that lasted at this time, in milliseconds, or since. */
    incidents: (from: number) =>
      readJson<readonly Incident[]>(send('GET', `/incidents?from=${Math.floor(from)}`)),
    act: (id: string, act: IncidentAct) =>
      readJson<Incident>(send('POST', `/incidents/${at(id)}/acts`, jsonBody(act))),
    colleagues: () => readJson<readonly Colleague[]>(send('GET', '/colleagues')),
    rules: () => readJson<readonly AlertRule[]>(send('GET', '/alert-rules')),
  }) as const

export type IncidentApi = ReturnType<typeof incidentApi>
