import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { LanguageButtons } from './expert/language-choice.tsx'
import type { Language, Translate } from './i18n/texts.ts'
import type { Link } from './live-events.ts'

const tone: Readonly<Record<Link, string>> = { live: 'good', connecting: 'quiet', lost: 'bad' }

interface Parts {
  readonly t: Translate
  readonly link: Link
  readonly language: Language
  readonly choose: (language: Language) => void
  /** Rejects where the session goes on. */
  readonly signOut: () => Promise<void>
  /** Stands beside the name. */
  readonly start: ComponentChildren
  /** Stands between the languages and the account. */
  readonly tools?: ComponentChildren
}

/** The head of every page that follows the fleet: how it stands with the fleet, and loudly so when it is cut off. */
export const PageHeader = ({ t, link, language, choose, signOut, start, tools }: Parts) => {
  const [stays, setStays] = useState(false)
  return (
    <header>
      <h1>{t('app.name')}</h1>
      {start}
      <span class="grow" />
      <span class={`state ${tone[link]}`} role="status">
        {t(`link.${link}`)}
      </span>
      <LanguageButtons language={language} t={t} choose={choose} />
      {tools}
      <a class="button" href="./account.html">
        {t('account')}
      </a>
      <button type="button" onClick={() => void signOut().catch(() => setStays(true))}>
        {t('sign-out')}
      </button>
      {link === 'lost' && (
        <p class="banner" role="alert">
          <strong>{t('link.lost')}.</strong> {t('link.lost.do')}
        </p>
      )}
      {stays && (
        <p class="banner" role="alert">
          <strong>{t('sign-out.failed')}</strong> {t('sign-out.failed.do')}
        </p>
      )}
    </header>
  )
}
