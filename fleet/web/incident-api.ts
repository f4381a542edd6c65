import type {
  AlertRuleView,
  Channel,
  ChannelTest,
  ChannelView,
  Incident,
  IncidentAct,
} from '../api/incident-schemas.ts'
import { type Api, ApiProblem } from './api.ts'

/** Which incidents; times in milliseconds. */
export interface IncidentWish {
  readonly state?: Incident['state']
  readonly from?: number
  readonly to?: number
}

/** Incidents, alert rules and channels over the API. Every function throws `ApiProblem` only. */
export const incidentApi = ({ send }: Pick<Api, 'send'>) => {
  const read = async <T>(response: Promise<Response>): Promise<T> => {
    const answered = await response
    return (await answered.json().catch((cause: unknown) => {
      throw new ApiProblem('unreachable', 'The answer broke off', cause)
    })) as T
  }
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const at = (id: string): string => encodeURIComponent(id)
  return {
    incidents: (wish: IncidentWish = {}) => {
      const query = new URLSearchParams()
      for (const [key, value] of Object.entries(wish)) query.set(key, String(value))
      return read<readonly Incident[]>(send('GET', `/incidents?${query}`))
    },
    incident: (id: string) => read<Incident>(send('GET', `/incidents/${at(id)}`)),
    act: (id: string, act: IncidentAct) =>
      read<Incident>(send('POST', `/incidents/${at(id)}/acts`, json(act))),
    rules: () => read<readonly AlertRuleView[]>(send('GET', '/alert-rules')),
    putRule: (id: string, rule: unknown) =>
      read<AlertRuleView>(send('PUT', `/alert-rules/${at(id)}`, json(rule))),
    resetRule: async (id: string) => void (await send('DELETE', `/alert-rules/${at(id)}`)),
    channels: () => read<readonly ChannelView[]>(send('GET', '/channels')),
    putChannel: (channel: Channel) =>
      read<ChannelView>(send('PUT', `/channels/${at(channel.name)}`, json(channel))),
    removeChannel: async (name: string) => void (await send('DELETE', `/channels/${at(name)}`)),
    testChannel: (name: string) => read<ChannelTest>(send('POST', `/channels/${at(name)}/test`)),
  } as const
}
