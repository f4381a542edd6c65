import { useEffect, useState } from 'preact/hooks'
import type { Api, Session } from '../api.ts'
import { EntryContext } from '../expert/entry.ts'
import { rememberedLanguage, rememberLanguage } from '../expert/memory.ts'
import { SignIn } from '../expert/sign-in.tsx'
import { Place } from './place.tsx'
import { terminalTranslator } from './texts.ts'

/** The terminal that the address names. */
const named = (): string => {
  try {
    return decodeURIComponent(location.hash.slice(1))
  } catch {
    return ''
  }
}

/** The page of one terminal: the sign-in, or the terminal that the address names. */
export const App = ({ api }: { readonly api: Api }) => {
  const [language, choose] = useState(rememberedLanguage)
  const [session, setSession] = useState<Session | null | undefined>()
  const [id, setId] = useState(named)
  const t = terminalTranslator(language)

  const enter = (entered: Session): void => {
    if (entered.owes == null) setSession(entered)
    else location.replace('./account.html')
  }
  const signOut = async (): Promise<void> => {
    await api.signOut().catch(() => undefined)
    setSession(null)
  }

  useEffect(() => {
    const follow = (): void => setId(named())
    window.addEventListener('hashchange', follow)
    api.session().then(enter, () => setSession(null))
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  useEffect(() => {
    document.documentElement.lang = language
    if (session == null) document.title = t('terminal.title', { name: id })
    rememberLanguage(language)
  }, [language, id, session])

  if (session === undefined) return <p class="empty small">{t('loading')}</p>
  if (session === null) {
    return (
      <EntryContext.Provider value={{ api, t, language, choose, enter }}>
        <SignIn />
      </EntryContext.Provider>
    )
  }
  return (
    <Place
      key={id}
      {...{ api, id, session, language, choose, t }}
      signOut={() => void signOut()}
      signedOut={() => setSession(null)}
    />
  )
}
