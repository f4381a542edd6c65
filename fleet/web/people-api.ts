import type {
  AccountState,
  RecoveryCodeList,
  RoleEntry,
  SecondStep,
  TokenEntry,
  TokenMade,
  TokenRequest,
  TotpSetup,
  UserEntry,
  UserMade,
  UserPatch,
  UserRequest,
} from '../api/people-schemas.ts'
import { type Api, jsonBody, readJson, type Session } from './api.ts'

const at = (id: string): string => encodeURIComponent(id)

/** The ways in and one's own account. Every function throws `ApiProblem` only. */
export const createAccountApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    /** Somebody who is in, or the second step that is still needed. */
    signIn: (user: string, password: string) =>
      readJson<Session | SecondStep>(send('POST', '/session', jsonBody({ user, password }))),
    signInWithCode: (code: string) =>
      readJson<Session>(send('POST', '/session/second-factor', jsonBody({ code }))),
    passkeyQuestion: <T>() => readJson<T>(send('POST', '/session/passkey/options')),
    signInWithPasskey: (answer: unknown) =>
      readJson<Session>(send('POST', '/session/passkey', jsonBody(answer))),
    account: () => readJson<AccountState>(send('GET', '/account')),
    confirm: async (password: string) =>
      void (await send('POST', '/account/confirm', jsonBody({ password }))),
    changePassword: async (current: string, next: string) =>
      void (await send('PUT', '/account/password', jsonBody({ current, next }))),
    beginTotp: () => readJson<TotpSetup>(send('POST', '/account/totp')),
    confirmTotp: (code: string) =>
      readJson<RecoveryCodeList>(send('PUT', '/account/totp', jsonBody({ code }))),
    removeTotp: async () => void (await send('DELETE', '/account/totp')),
    renewCodes: () => readJson<RecoveryCodeList>(send('POST', '/account/recovery-codes')),
    beginPasskey: <T>() => readJson<T>(send('POST', '/account/passkeys/options')),
    addPasskey: (name: string, answer: unknown) =>
      readJson<RecoveryCodeList>(send('POST', '/account/passkeys', jsonBody({ name, answer }))),
    removePasskey: async (id: string) => void (await send('DELETE', `/account/passkeys/${at(id)}`)),
    endSession: async (id: string) => void (await send('DELETE', `/account/sessions/${at(id)}`)),
    endOtherSessions: async () => void (await send('DELETE', '/account/sessions')),
  }) as const

export type AccountApi = ReturnType<typeof createAccountApi>

/** Users, tokens and roles, for those who look after them. Every function throws `ApiProblem` only. */
export const createPeopleApi = ({ send }: Pick<Api, 'send'>) =>
  ({
    users: () => readJson<readonly UserEntry[]>(send('GET', '/users')),
    addUser: (user: UserRequest) => readJson<UserMade>(send('POST', '/users', jsonBody(user))),
    changeUser: (id: string, patch: UserPatch) =>
      readJson<UserEntry>(send('PATCH', `/users/${at(id)}`, jsonBody(patch))),
    resetPassword: (id: string, password?: string) =>
      readJson<UserMade>(
        send('PUT', `/users/${at(id)}/password`, jsonBody(password === undefined ? {} : { password })),
      ),
    resetSecondFactors: async (id: string) => void (await send('DELETE', `/users/${at(id)}/second-factors`)),
    endSessions: async (id: string) => void (await send('DELETE', `/users/${at(id)}/sessions`)),
    removeUser: async (id: string) => void (await send('DELETE', `/users/${at(id)}`)),
    tokens: () => readJson<readonly TokenEntry[]>(send('GET', '/tokens')),
    addToken: (token: TokenRequest) => readJson<TokenMade>(send('POST', '/tokens', jsonBody(token))),
    revokeToken: async (name: string) => void (await send('DELETE', `/tokens/${at(name)}`)),
    roles: () => readJson<readonly RoleEntry[]>(send('GET', '/roles')),
    changeRole: (role: string, secondFactor: boolean) =>
      readJson<readonly RoleEntry[]>(send('PATCH', `/roles/${at(role)}`, jsonBody({ secondFactor }))),
  }) as const
