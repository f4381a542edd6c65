import type { Claim, ClaimRequest, NewClaim, TerminalIdentity } from '../api/identity-schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** Claims and identities of terminals over the API. Every function throws `ApiProblem` only. */
export const identityApi = ({ send }: Pick<Api, 'send'>) => {
  const at = (id: string): string => encodeURIComponent(id)
  return {
    createClaim: (wish: ClaimRequest) => readJson<NewClaim>(send('POST', '/claims', jsonBody(wish))),
    claims: () => readJson<readonly Claim[]>(send('GET', '/claims')),
    withdrawClaim: async (id: string) => void (await send('DELETE', `/claims/${at(id)}`)),
    identity: (terminal: string) =>
      readJson<TerminalIdentity>(send('GET', `/terminals/${at(terminal)}/identity`)),
    accept: (terminal: string, fingerprint?: string) =>
      readJson<TerminalIdentity>(
        send(
          'POST',
          `/terminals/${at(terminal)}/accept`,
          jsonBody(fingerprint === undefined ? {} : { fingerprint }),
        ),
      ),
    revoke: (terminal: string) =>
      readJson<TerminalIdentity>(send('POST', `/terminals/${at(terminal)}/revoke`)),
    release: (terminal: string) =>
      readJson<TerminalIdentity>(send('POST', `/terminals/${at(terminal)}/release`)),
  } as const
}
