import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../api.ts'
import { EntryContext } from '../expert/entry.ts'
import { SignIn } from '../expert/sign-in.tsx'
import { useVisitor } from '../visitor.ts'
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
  const { session, language, choose, enter, left } = useVisitor(api)
  const [id, setId] = useState(named)
  const t = terminalTranslator(language)

  const signOut = async (): Promise<void> => {
    await api.signOut()
    left()
  }

  useEffect(() => {
    const follow = (): void => setId(named())
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  useEffect(() => {
    if (session == null) document.title = t('terminal.title', { name: id })
  }, [language, id, session])

  if (session === undefined) return <p class="empty small">{t('loading')}</p>
  if (session === null) {
    return (
      <EntryContext.Provider value={{ api, t, language, choose, enter }}>
        <SignIn />
      </EntryContext.Provider>
    )
  }
  return <Place key={id} {...{ api, id, session, language, choose, t, signOut }} signedOut={left} />
}
