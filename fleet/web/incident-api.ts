import type {
  AlertRuleView,
  Channel,
  ChannelTest,
  ChannelView,
  Colleague,
  Incident,
  IncidentAct,
} from '../api/incident-schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** Which incidents; times in milliseconds. */
interface IncidentWish {
  readonly state?: Incident['state']
  readonly from?: number
  readonly to?: number
}

/** Incidents, alert rules and channels over the API. Every function throws `ApiProblem` only. */
export const incidentApi = ({ send }: Pick<Api, 'send'>) => {
  const at = (id: string): string => encodeURIComponent(id)
  return {
    incidents: (wish: IncidentWish = {}) => {
      const query = new URLSearchParams()
      for (const [key, value] of Object.entries(wish)) query.set(key, String(value))
      return readJson<readonly Incident[]>(send('GET', `/incidents?${query}`))
    },
    incident: (id: string) => readJson<Incident>(send('GET', `/incidents/${at(id)}`)),
    act: (id: string, act: IncidentAct) =>
      readJson<Incident>(send('POST', `/incidents/${at(id)}/acts`, jsonBody(act))),
    colleagues: () => readJson<readonly Colleague[]>(send('GET', '/colleagues')),
    rules: () => readJson<readonly AlertRuleView[]>(send('GET', '/alert-rules')),
    putRule: (id: string, rule: unknown) =>
      readJson<AlertRuleView>(send('PUT', `/alert-rules/${at(id)}`, jsonBody(rule))),
    resetRule: async (id: string) => void (await send('DELETE', `/alert-rules/${at(id)}`)),
    channels: () => readJson<readonly ChannelView[]>(send('GET', '/channels')),
    putChannel: (channel: Channel) =>
      readJson<ChannelView>(send('PUT', `/channels/${at(channel.name)}`, jsonBody(channel))),
    removeChannel: async (name: string) => void (await send('DELETE', `/channels/${at(name)}`)),
    testChannel: (name: string) => readJson<ChannelTest>(send('POST', `/channels/${at(name)}/test`)),
  } as const
}

export type IncidentApi = ReturnType<typeof incidentApi>
