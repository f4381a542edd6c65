import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { Timestamp } from '../../../protocol/envelope.ts'
import { type Api, ApiProblem } from '../../web/api.ts'
import type { DepotVillage } from './villages.ts'

const Claim = Type.Object({
  id: Type.String(),
  device: Type.String(),
  state: Type.Enum(['open', 'used', 'expired', 'locked', 'withdrawn']),
  expiresAt: Timestamp,
})
/** A claim that the fleet has, without its code. */
export type Claim = Static<typeof Claim>

const NewClaim = Type.Intersect([Claim, Type.Object({ code: Type.String() })])
/** A claim that has just been made, with its code, which is told this once. */
export type NewClaim = Static<typeof NewClaim>

const Door = Type.Object({ host: Type.String(), port: Type.Integer(), ca: Type.String() })
/** Where terminals find the fleet. */
export type Door = Static<typeof Door>

/** What the depot asks of the fleet. Throws `ApiProblem`. */
export const claimsOf = (api: Pick<Api, 'send'>) => {
  const read = async <T>(schema: Type.TSchema, response: Promise<Response>): Promise<T> => {
    const body: unknown = await (await response).json().catch(() => undefined)
    if (!Check(schema, body)) throw new ApiProblem('internal', 'The fleet gave an answer of another kind')
    return body as T
  }
  return {
    door: () => read<Door>(Door, api.send('GET', '/door')),
    list: () => read<readonly Claim[]>(Type.Array(Claim), api.send('GET', '/claims')),
    create: ({ device, village, serial }: DepotVillage) =>
      read<NewClaim>(
        NewClaim,
        api.send('POST', '/claims', {
          body: JSON.stringify({ device, village, depot: true, ...(serial ? { serial } : {}) }),
          headers: { 'content-type': 'application/json' },
        }),
      ),
    withdraw: async (id: string) => void (await api.send('DELETE', `/claims/${encodeURIComponent(id)}`)),
  }
}

export type Claims = ReturnType<typeof claimsOf>
