import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Api, Session } from '../api.ts'
import type { Language, Translate } from '../i18n/texts.ts'

/** What signing in needs of the page it stands on. */
export interface Entry {
  readonly api: Api
  readonly t: Translate
  readonly language: Language
  readonly choose: (language: Language) => void
  /** Somebody has signed in, and may owe something before anything else. */
  readonly enter: (session: Session) => void
}

export const EntryContext = createContext<Entry | undefined>(undefined)

export const useEntry = (): Entry => {
  const entry = useContext(EntryContext)
  if (entry === undefined) throw new Error('Signing in stands outside of a page')
  return entry
}
