import type { Village } from '../api/health-schemas.ts'
import type { Terminal } from '../api/schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** What changes where terminals stand and whether they serve. Every function throws `ApiProblem` only. */
export const presenceApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    putVillage: ({ name, ...village }: Village) =>
      readJson<Village>(send('PUT', `/villages/${encodeURIComponent(name)}`, jsonBody(village))),
    retire: (terminal: string) =>
      readJson<Terminal>(send('POST', `/terminals/${encodeURIComponent(terminal)}/retire`)),
    reinstate: (terminal: string) =>
      readJson<Terminal>(send('POST', `/terminals/${encodeURIComponent(terminal)}/reinstate`)),
  }) as const
