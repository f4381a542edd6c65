import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { AccountState } from '../../api/people-schemas.ts'
import type { Language, Translate } from '../i18n/texts.ts'
import type { AccountApi } from '../people-api.ts'

/** What every part of the page of the account needs. */
export interface AccountPage {
  readonly account: AccountState
  readonly api: AccountApi
  readonly language: Language
  readonly t: Translate
  /**
   * Does something with the account and shows what became of it; asks for the password first where the fleet wants
   * it once more. Resolves to whether it was done.
   */
  readonly act: (deed: () => Promise<unknown>) => Promise<boolean>
  /** Shows new recovery codes, if there are any. */
  readonly showCodes: (codes: readonly string[]) => void
}

export const AccountContext = createContext<AccountPage | undefined>(undefined)

export const useAccount = (): AccountPage => {
  const page = useContext(AccountContext)
  if (page === undefined) throw new Error('A part of the page stands outside of it')
  return page
}
