import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'
import type { RecoveryCodeList } from '../api/people-schemas.ts'
import type { Session } from './api.ts'
import type { AccountApi } from './people-api.ts'

/** The browser, or whoever sits before it, did not give a passkey. */
export class NoPasskey extends Error {
  override readonly name = 'NoPasskey'
}

const given = async <T>(asking: Promise<T>): Promise<T> => {
  try {
    return await asking
  } catch (cause) {
    throw new NoPasskey('No passkey was given', { cause })
  }
}

/** Whether passkeys can be used here: a browser binds them to a host name, never to an address (WebAuthn 5.1.2). */
export const passkeysWork = (): boolean =>
  'PublicKeyCredential' in window && isSecureContext && !/^([\d.]+|\[.*\])$/.test(location.hostname)

/** Signs in with any passkey of this site. Throws `NoPasskey` or `ApiProblem`. */
export const signInWithPasskey = async (api: AccountApi): Promise<Session> => {
  const optionsJSON = await api.passkeyQuestion<PublicKeyCredentialRequestOptionsJSON>()
  return api.signInWithPasskey(await given(startAuthentication({ optionsJSON })))
}

/** Makes a passkey for whoever is signed in. Throws `NoPasskey` or `ApiProblem`. */
export const addPasskey = async (api: AccountApi, name: string): Promise<RecoveryCodeList> => {
  const optionsJSON = await api.beginPasskey<PublicKeyCredentialCreationOptionsJSON>()
  return api.addPasskey(name, await given(startRegistration({ optionsJSON })))
}
