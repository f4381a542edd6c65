import { useState } from 'preact/hooks'
import { ApiProblem } from '../api.ts'
import { problemText } from '../i18n/faults.ts'
import { useExpert } from './context.ts'
import { LanguageChoice } from './language-choice.tsx'

export const SignIn = () => {
  const { t, acts } = useExpert()
  const [wrong, setWrong] = useState<string | undefined>()
  const [asking, setAsking] = useState(false)

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setAsking(true)
    setWrong(undefined)
    try {
      await acts.signIn(String(form.get('user')), String(form.get('password')))
    } catch (problem) {
      const code = problem instanceof ApiProblem ? problem.code : 'internal'
      setWrong(code === 'not-signed-in' ? t('sign-in.wrong') : problemText(t, code))
      setAsking(false)
    }
  }

  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <div class="row">
          <h1 class="grow">{t('app.name')}</h1>
          <LanguageChoice />
        </div>
        <h2>{t('sign-in.title')}</h2>
        <label>
          <span>{t('sign-in.user')}</span>
          <input class="text" name="user" autocomplete="username" autofocus required maxLength={100} />
        </label>
        <label>
          <span>{t('sign-in.password')}</span>
          <input
            class="text"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxLength={1000}
          />
        </label>
        {wrong !== undefined && (
          <p class="notice bad" role="alert">
            {wrong}
          </p>
        )}
        <button class="primary" type="submit" disabled={asking}>
          {t('sign-in.submit')}
        </button>
      </form>
    </main>
  )
}
