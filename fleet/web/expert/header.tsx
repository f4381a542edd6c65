import type { Link } from '../live-events.ts'
import { useExpert } from './context.ts'
import { KeyboardIcon } from './icons.tsx'
import { Keys, openKeys } from './keys.tsx'
import { LanguageChoice } from './language-choice.tsx'

const tone: Readonly<Record<Link, string>> = { live: 'good', connecting: 'quiet', lost: 'bad' }

export const Header = () => {
  const { state, t, acts } = useExpert()
  return (
    <header>
      <h1>{t('app.name')}</h1>
      <span class="small">{state.session?.user}</span>
      <span class="grow" />
      <span class={`state ${tone[state.link]}`} role="status">
        {t(`link.${state.link}`)}
      </span>
      <LanguageChoice />
      <button
        type="button"
        class="plain icon"
        title={`${t('keys')} (F1)`}
        aria-label={t('keys')}
        onClick={openKeys}
      >
        <KeyboardIcon />
      </button>
      <a class="button" href="./account.html">
        {t('account')}
      </a>
      <button type="button" onClick={() => void acts.signOut()}>
        {t('sign-out')}
      </button>
      {state.link === 'lost' && (
        <p class="banner" role="alert">
          <strong>{t('link.lost')}.</strong> {t('link.lost.do')}
        </p>
      )}
      <Keys />
    </header>
  )
}
