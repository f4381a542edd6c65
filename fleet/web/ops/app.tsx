import { useEffect, useState } from 'preact/hooks'
import type { Api, Session } from '../api.ts'
import { EntryContext } from '../expert/entry.ts'
import { rememberedLanguage, rememberLanguage } from '../expert/memory.ts'
import { SignIn } from '../expert/sign-in.tsx'
import { Shell } from './shell.tsx'
import { opsTranslator } from './texts.ts'

/** The ops pages: the sign-in, or what the one who is signed in may see. */
export const App = ({ api }: { readonly api: Api }) => {
  const [language, choose] = useState(rememberedLanguage)
  const [session, setSession] = useState<Session | null | undefined>()
  const t = opsTranslator(language)

  const enter = (entered: Session): void => {
    if (entered.owes == null) setSession(entered)
    else location.replace('./account.html')
  }
  useEffect(() => {
    document.documentElement.lang = language
    rememberLanguage(language)
  }, [language])
  useEffect(() => {
    api.session().then(enter, () => setSession(null))
  }, [])

  if (session === undefined) return <p class="empty small">{t('loading')}</p>
  if (session === null) {
    return (
      <EntryContext.Provider value={{ api, t, language, choose, enter }}>
        <SignIn />
      </EntryContext.Provider>
    )
  }
  return (
    <Shell
      key={session.user}
      api={api}
      session={session}
      language={language}
      choose={choose}
      left={() => setSession(null)}
    />
  )
}
