import { PageHeader } from '../page-header.tsx'
import { useExpert } from './context.ts'
import { KeyboardIcon } from './icons.tsx'
import { Keys, openKeys } from './keys.tsx'

export const Header = () => {
  const { state, t, acts, dispatch } = useExpert()
  const tools = (
    <>
      <button
        type="button"
        class="plain icon"
        title={`${t('keys')} (F1)`}
        aria-label={t('keys')}
        onClick={openKeys}
      >
        <KeyboardIcon />
      </button>
      <Keys />
    </>
  )
  return (
    <PageHeader
      t={t}
      link={state.link}
      language={state.language}
      choose={(language) => dispatch({ type: 'language', language })}
      signOut={acts.signOut}
      start={<span class="small">{state.session?.user}</span>}
      tools={tools}
    />
  )
}
