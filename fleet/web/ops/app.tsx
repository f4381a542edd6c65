import type { Api } from '../api.ts'
import { EntryContext } from '../expert/entry.ts'
import { SignIn } from '../expert/sign-in.tsx'
import { useVisitor } from '../visitor.ts'
import { Shell } from './shell.tsx'
import { opsTranslator } from './texts.ts'

/** The ops pages: the sign-in, or what the one who is signed in may see. */
export const App = ({ api }: { readonly api: Api }) => {
  const { session, language, choose, enter, left } = useVisitor(api)
  const t = opsTranslator(language)

  if (session === undefined) return <p class="empty small">{t('loading')}</p>
  if (session === null) {
    return (
      <EntryContext.Provider value={{ api, t, language, choose, enter }}>
        <SignIn />
      </EntryContext.Provider>
    )
  }
  return (
    <Shell key={session.user} api={api} session={session} language={language} choose={choose} left={left} />
  )
}
