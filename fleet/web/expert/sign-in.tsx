import { useMemo, useState } from 'preact/hooks'
import { ApiProblem, type Session } from '../api.ts'
import { problemText } from '../i18n/faults.ts'
import { passkeysWork, signInWithPasskey } from '../passkey.ts'
import { createAccountApi } from '../people-api.ts'
import { CodeStep } from './code-step.tsx'
import { useEntry } from './entry.ts'
import { LanguageButtons } from './language-choice.tsx'
import { PasswordStep } from './password-step.tsx'

/** The way in, on any page that has an `EntryContext`. */
export const SignIn = () => {
  const { t, api, language, choose, enter } = useEntry()
  const account = useMemo(() => createAccountApi(api), [api])
  const [wrong, setWrong] = useState<string | undefined>()
  const [asking, setAsking] = useState(false)
  const [needsCode, setNeedsCode] = useState(false)

  const attempt = async (way: () => Promise<Session | undefined>): Promise<void> => {
    setAsking(true)
    setWrong(undefined)
    try {
      const session = await way()
      if (session !== undefined) return enter(session)
    } catch (problem) {
      if (!(problem instanceof ApiProblem)) setWrong(t('sign-in.passkey.none'))
      else if (problem.code === 'not-signed-in') {
        // Whoever waited too long with the code begins anew.
        setNeedsCode(false)
        setWrong(t(needsCode ? 'sign-in.code.late' : 'sign-in.wrong'))
      } else setWrong(problemText(t, problem.code))
    }
    setAsking(false)
  }

  const withPassword = (user: string, password: string) =>
    attempt(async () => {
      const answer = await account.signIn(user, password)
      if (!('needs' in answer)) return answer
      setNeedsCode(true)
      return undefined
    })

  return (
    <main class="sign-in">
      <div class="card">
        <div class="row">
          <h1 class="grow">{t('app.name')}</h1>
          <LanguageButtons language={language} t={t} choose={choose} />
        </div>
        {needsCode ? (
          <CodeStep
            asking={asking}
            enter={(code) => void attempt(() => account.signInWithCode(code))}
            back={() => {
              setNeedsCode(false)
              setWrong(undefined)
            }}
          />
        ) : (
          <PasswordStep asking={asking} enter={(user, password) => void withPassword(user, password)} />
        )}
        {wrong !== undefined && (
          <p class="notice bad" role="alert">
            {wrong}
          </p>
        )}
        {passkeysWork() && (
          <button
            class="passkey"
            type="button"
            disabled={asking}
            onClick={() => void attempt(() => signInWithPasskey(account))}
          >
            {t('sign-in.passkey')}
          </button>
        )}
      </div>
    </main>
  )
}
