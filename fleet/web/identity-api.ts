import type { Claim, ClaimRequest, NewClaim, TerminalIdentity } from '../api/identity-schemas.ts'
import { type Api, ApiProblem } from './api.ts'

/** Claims and identities of terminals over the API. Every function throws `ApiProblem` only. */
export const identityApi = ({ send }: Pick<Api, 'send'>) => {
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
    createClaim: (wish: ClaimRequest) => read<NewClaim>(send('POST', '/claims', json(wish))),
    claims: () => read<readonly Claim[]>(send('GET', '/claims')),
    withdrawClaim: async (id: string) => void (await send('DELETE', `/claims/${at(id)}`)),
    identity: (terminal: string) =>
      read<TerminalIdentity>(send('GET', `/terminals/${at(terminal)}/identity`)),
    accept: (terminal: string, fingerprint?: string) =>
      read<TerminalIdentity>(
        send(
          'POST',
          `/terminals/${at(terminal)}/accept`,
          json(fingerprint === undefined ? {} : { fingerprint }),
        ),
      ),
    revoke: (terminal: string) => read<TerminalIdentity>(send('POST', `/terminals/${at(terminal)}/revoke`)),
    release: (terminal: string) => read<TerminalIdentity>(send('POST', `/terminals/${at(terminal)}/release`)),
  } as const
}
