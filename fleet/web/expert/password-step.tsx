import { useEntry } from './entry.ts'

interface Asking {
  readonly asking: boolean
  readonly enter: (user: string, password: string) => void
}

/** The first step of signing in. */
export const PasswordStep = ({ asking, enter }: Asking) => {
  const { t } = useEntry()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    enter(String(form.get('user')), String(form.get('password')))
  }
  return (
    <form onSubmit={(event) => submit(event as unknown as SubmitEvent)}>
      <h2>{t('sign-in.title')}</h2>
      <label>
        <span>{t('sign-in.user')}</span>
        <input class="text" name="user" autocomplete="username" autofocus required maxLength={40} />
      </label>
      <label>
        <span>{t('sign-in.password')}</span>
        <input
          class="text"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxLength={200}
        />
      </label>
      <button class="primary" type="submit" disabled={asking}>
        {t('sign-in.submit')}
      </button>
    </form>
  )
}
