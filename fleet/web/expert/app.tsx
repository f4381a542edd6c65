import type { Language } from '../i18n/texts.ts'
import { useExpert } from './context.ts'
import { EntryContext } from './entry.ts'
import { Header } from './header.tsx'
import { PageDesk } from './page-desk.tsx'
import { Panels } from './panels.tsx'
import { useShortcuts } from './shortcuts.ts'
import { SignIn } from './sign-in.tsx'
import { TerminalList } from './terminal-list.tsx'

/** The whole page: the sign-in, or the desk of an expert. */
export const App = () => {
  const { state, t, api, acts, dispatch } = useExpert()
  useShortcuts()
  if (state.session === undefined) return <p class="empty small">{t('loading')}</p>
  if (state.session === null) {
    const choose = (language: Language) => dispatch({ type: 'language', language })
    return (
      <EntryContext.Provider value={{ api, t, language: state.language, choose, enter: acts.enter }}>
        <SignIn />
      </EntryContext.Provider>
    )
  }
  const terminal = state.chosen === undefined ? undefined : state.terminals?.[state.chosen]
  return (
    <div class={state.link === 'lost' ? 'desk stale' : 'desk'}>
      <Header />
      <TerminalList />
      {terminal === undefined ? (
        <main class="empty" tabIndex={-1} data-region>
          <p>{t(state.terminals === undefined ? 'loading' : 'terminals.choose')}</p>
        </main>
      ) : (
        <>
          <PageDesk key={terminal.id} terminal={terminal} />
          <Panels key={`panels-${terminal.id}`} terminal={terminal} />
        </>
      )}
    </div>
  )
}
