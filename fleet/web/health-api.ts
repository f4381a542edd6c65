import type {
  DowntimeEdit,
  MaintenanceWindow,
  MaintenanceWish,
  PresenceInterval,
  TerminalEvent,
  Village,
  VitalsNow,
  VitalsSeries,
} from '../api/health-schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** A range of time in milliseconds; `until` is not in it. */
export interface TimeRange {
  readonly from: number
  readonly until: number
}

const at = (text: string): string => encodeURIComponent(text)
const within = ({ from, until }: TimeRange): string => `from=${Math.floor(from)}&to=${Math.ceil(until)}`

/** Presence, vitals and maintenance over the API. Every function throws `ApiProblem` only. */
export const healthApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    presence: (terminal: string, range: TimeRange) =>
      readJson<readonly PresenceInterval[]>(
        send('GET', `/terminals/${at(terminal)}/presence?${within(range)}`),
      ),
    events: (terminal: string, limit: number) =>
      readJson<readonly TerminalEvent[]>(send('GET', `/terminals/${at(terminal)}/events?limit=${limit}`)),
    vitals: (terminal: string) => readJson<VitalsNow>(send('GET', `/terminals/${at(terminal)}/vitals`)),
    /** One metric over time in steps of at least `step` milliseconds. */
    series: (terminal: string, metric: string, range: TimeRange, step: number) =>
      readJson<VitalsSeries>(
        send('GET', `/terminals/${at(terminal)}/vitals?metric=${metric}&${within(range)}&step=${step}`),
      ),
    editDowntime: (id: string, edit: DowntimeEdit) =>
      readJson<PresenceInterval>(send('PATCH', `/downtimes/${at(id)}`, jsonBody(edit))),
    maintenance: () => readJson<readonly MaintenanceWindow[]>(send('GET', '/maintenance')),
    planMaintenance: (wish: MaintenanceWish) =>
      readJson<MaintenanceWindow>(send('POST', '/maintenance', jsonBody(wish))),
    endMaintenance: async (id: string) => void (await send('DELETE', `/maintenance/${at(id)}`)),
    villages: () => readJson<readonly Village[]>(send('GET', '/villages')),
  }) as const

export type HealthApi = ReturnType<typeof healthApi>
