import { useEffect, useState } from 'preact/hooks'
import type { AccountState } from '../../api/people-schemas.ts'
import { ApiProblem } from '../api.ts'
import { LanguageButtons } from '../expert/language-choice.tsx'
import { rememberedLanguage, rememberLanguage } from '../expert/memory.ts'
import { problemText } from '../i18n/faults.ts'
import { translator } from '../i18n/texts.ts'
import type { AccountApi } from '../people-api.ts'
import { Authenticator } from './authenticator.tsx'
import { Confirm } from './confirm.tsx'
import { AccountContext } from './context.ts'
import { Passkeys } from './passkeys.tsx'
import { Password } from './password.tsx'
import { Codes, RecoveryCodes } from './recovery-codes.tsx'
import { Sessions } from './sessions.tsx'

interface Parts {
  readonly api: AccountApi
  readonly signOut: () => Promise<void>
}

const owed = {
  password: 'account.owes.password',
  'second-factor': 'account.owes.second-factor',
} as const

/** Where people are signed in. */
const leave = (): void => location.replace('./')

/** The page of one's own account. */
export const App = ({ api, signOut }: Parts) => {
  const [language, setLanguage] = useState(rememberedLanguage)
  const [account, setAccount] = useState<AccountState | undefined>()
  const [wrong, setWrong] = useState<string | undefined>()
  const [waiting, setWaiting] = useState<{ readonly go: (confirmed: boolean) => void } | undefined>()
  const [codes, showCodes] = useState<readonly string[]>([])
  const t = translator(language)

  const tell = (problem: unknown): void => {
    if (!(problem instanceof ApiProblem)) setWrong(t('sign-in.passkey.none'))
    else if (problem.code === 'not-signed-in') leave()
    else setWrong(problemText(t, problem.code))
  }
  const load = async (): Promise<void> => setAccount(await api.account())

  const act = async (deed: () => Promise<unknown>): Promise<boolean> => {
    setWrong(undefined)
    try {
      await deed()
      await load()
      return true
    } catch (problem) {
      if (!(problem instanceof ApiProblem) || problem.code !== 'confirm-needed') {
        tell(problem)
        return false
      }
      const confirmed = await new Promise<boolean>((go) => setWaiting({ go }))
      setWaiting(undefined)
      return confirmed && act(deed)
    }
  }

  useEffect(() => void load().catch(tell), [])
  useEffect(() => {
    document.documentElement.lang = language
    document.title = t('account.title')
    rememberLanguage(language)
  }, [language])

  if (account === undefined) return <p class="empty small">{wrong ?? t('loading')}</p>
  return (
    <AccountContext.Provider value={{ account, api, language, t, act, showCodes }}>
      <header>
        <h1>{t('account.title')}</h1>
        <span class="small">{account.user}</span>
        <span class="grow" />
        <LanguageButtons language={language} t={t} choose={setLanguage} />
        {account.owes === null && (
          <a class="button" href="./">
            {t('account.back')}
          </a>
        )}
        <button
          type="button"
          onClick={() =>
            void signOut().then(leave, () => setWrong(`${t('sign-out.failed')} ${t('sign-out.failed.do')}`))
          }
        >
          {t('sign-out')}
        </button>
      </header>
      <main class="account">
        {account.owes !== null && (
          <p class="notice warn" role="status">
            {t(owed[account.owes])}
          </p>
        )}
        {wrong !== undefined && (
          <p class="notice bad" role="alert">
            {wrong}
          </p>
        )}
        <Password />
        {account.owes !== 'password' && (
          <>
            <Authenticator />
            <Passkeys />
            <RecoveryCodes />
            <Sessions />
          </>
        )}
      </main>
      {waiting !== undefined && <Confirm done={waiting.go} />}
      {codes.length > 0 && <Codes codes={codes} close={() => showCodes([])} />}
    </AccountContext.Provider>
  )
}
