import { useEffect, useState } from 'preact/hooks'
import type { Api, Session } from './api.ts'
import { rememberedLanguage, rememberLanguage } from './expert/memory.ts'
import type { Language } from './i18n/texts.ts'

/** Who sits before a page, and in which language it speaks. */
export interface Visitor {
  /** `undefined` until the fleet has answered, `null` for somebody who has to sign in. */
  readonly session: Session | null | undefined
  readonly language: Language
  readonly choose: (language: Language) => void
  /** Takes in who has signed in; who still owes something is sent to their account. */
  readonly enter: (session: Session) => void
  /** They are signed out. */
  readonly left: () => void
}

/** Asks the fleet who is there, and remembers the language that they choose. */
export const useVisitor = (api: Api): Visitor => {
  const [language, choose] = useState(rememberedLanguage)
  const [session, setSession] = useState<Session | null | undefined>()
  const enter = (entered: Session): void => {
    if (entered.owes == null) setSession(entered)
    else location.replace('./account.html')
  }
  const left = (): void => setSession(null)
  useEffect(() => {
    document.documentElement.lang = language
    rememberLanguage(language)
  }, [language])
  useEffect(() => {
    api.session().then(enter, left)
  }, [])
  return { session, language, choose, enter, left }
}
