import type { ProfileKind } from '../../protocol/firmware-profile.ts'
import type { ProfileAnswer, ProfileList, SeedAnswer } from '../api/profile-schemas.ts'
import { type Api, jsonBody, readJson } from './api.ts'

/** Firmware profiles over the API. Every function throws `ApiProblem` only. */
export const profileApi = ({ send }: Pick<Api, 'send'>) => {
  const at = (kind: ProfileKind, slug: string): string => `/profiles/${kind}/${encodeURIComponent(slug)}`
  return {
    list: () => readJson<ProfileList>(send('GET', '/profiles')),
    get: (kind: ProfileKind, slug: string) => readJson<ProfileAnswer>(send('GET', at(kind, slug))),
    put: (kind: ProfileKind, slug: string, profile: unknown) =>
      readJson<ProfileAnswer>(send('PUT', at(kind, slug), jsonBody(profile))),
    remove: async (kind: ProfileKind, slug: string) => void (await send('DELETE', at(kind, slug))),
    seed: (terminal: string) =>
      readJson<SeedAnswer>(send('GET', `/terminals/${encodeURIComponent(terminal)}/device-description`)),
  } as const
}
