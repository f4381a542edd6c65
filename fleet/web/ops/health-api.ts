import type {
  Downtime,
  DowntimeEdit,
  MaintenanceWindow,
  MaintenanceWish,
  Morning,
  Village,
} from '../../api/health-schemas.ts'
import { type Api, jsonBody, readJson } from '../api.ts'

const at = (id: string): string => encodeURIComponent(id)

/** Health, downtime and maintenance over the API. Every function throws `ApiProblem` only. */
export const createHealthApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    morning: () => readJson<Morning>(send('GET', '/morning')),
    villages: () => readJson<readonly Village[]>(send('GET', '/villages')),
    /** Times in milliseconds. */
    downtimes: (from: number, to: number) =>
      readJson<readonly Downtime[]>(send('GET', `/downtimes?from=${from}&to=${to}`)),
    editDowntime: async (id: string, edit: DowntimeEdit) =>
      void (await send('PATCH', `/downtimes/${at(id)}`, jsonBody(edit))),
    maintenance: () => readJson<readonly MaintenanceWindow[]>(send('GET', '/maintenance')),
    announce: (wish: MaintenanceWish) =>
      readJson<MaintenanceWindow>(send('POST', '/maintenance', jsonBody(wish))),
    withdraw: async (id: string) => void (await send('DELETE', `/maintenance/${at(id)}`)),
  }) as const

export type HealthApi = ReturnType<typeof createHealthApi>
