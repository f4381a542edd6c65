import type { Downtime, Morning } from '../../api/health-schemas.ts'
import { type Api, readJson } from '../api.ts'
import type { TimeRange } from '../health-api.ts'

/** What the fleet reckons from presence and capabilities. Every function throws `ApiProblem` only. */
export const morningApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    morning: () => readJson<Morning>(send('GET', '/morning')),
    downtimes: ({ from, until }: TimeRange) =>
      readJson<readonly Downtime[]>(
        send('GET', `/downtimes?from=${Math.floor(from)}&to=${Math.ceil(until)}`),
      ),
  }) as const
