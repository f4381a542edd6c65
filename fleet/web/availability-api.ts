import type { Availability, Downtime, Forecast, Morning, SilentVillage } from '../api/health-schemas.ts'
import { type Api, readJson } from './api.ts'

/** What availability is asked of; times in milliseconds, the last 30 days unless told. */
export interface AvailabilityQuery {
  readonly by?: string
  readonly capability?: string
  readonly per?: string
  readonly from?: number
  readonly to?: number
}

/** Which downtimes are asked for. */
export interface DowntimesQuery {
  readonly terminal?: string
  readonly district?: string
  readonly from?: number
  readonly to?: number
}

const search = (query: object): string => {
  const told = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) told.set(name, String(value))
  return `?${told}`
}

/** Availability and what hangs together with it over the API. Every function throws `ApiProblem` only. */
export const availabilityApi = ({ send }: Pick<Api, 'send'>) => {
  const table = async (path: string, query: object): Promise<string> =>
    (await send('GET', path + search({ ...query, format: 'csv' }))).text()
  return {
    availability: (query: AvailabilityQuery) =>
      readJson<Availability>(send('GET', `/availability${search(query)}`)),
    availabilityTable: (query: AvailabilityQuery) => table('/availability', query),
    downtimes: (query: DowntimesQuery) =>
      readJson<readonly Downtime[]>(send('GET', `/downtimes${search(query)}`)),
    downtimesTable: (query: DowntimesQuery) => table('/downtimes', query),
    forecasts: () => readJson<readonly Forecast[]>(send('GET', '/forecasts')),
    silentVillages: (days?: number) =>
      readJson<readonly SilentVillage[]>(send('GET', `/silent-villages${search({ days })}`)),
    morning: () => readJson<Morning>(send('GET', '/morning')),
  } as const
}
