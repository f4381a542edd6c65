import { useState } from 'preact/hooks'
import { useAccount } from './context.ts'
import { fieldOf, onSubmit } from './form.ts'

/** Chooses another password. */
export const Password = () => {
  const { t, api, account, act } = useAccount()
  const [done, setDone] = useState(false)
  const change = async (form: FormData, element: HTMLFormElement): Promise<void> => {
    setDone(false)
    const changed = await act(() => api.changePassword(fieldOf(form, 'current'), fieldOf(form, 'next')))
    if (!changed) return
    element.reset()
    setDone(true)
  }
  return (
    <section class="card" aria-labelledby="password-title">
      <h2 id="password-title">{t('account.password')}</h2>
      <form class="fields two" onSubmit={onSubmit((form, element) => void change(form, element))}>
        <input
          class="unseen"
          name="user"
          autocomplete="username"
          value={account.user}
          tabIndex={-1}
          aria-hidden
        />
        <label>
          <span>{t('account.password.current')}</span>
          <input
            class="text"
            name="current"
            type="password"
            autocomplete="current-password"
            required
            maxLength={200}
          />
        </label>
        <label>
          <span>{t('account.password.next')}</span>
          <input
            class="text"
            name="next"
            type="password"
            autocomplete="new-password"
            required
            minLength={10}
            maxLength={200}
            aria-describedby="password-hint"
          />
        </label>
        <p id="password-hint" class="small">
          {t('account.password.hint')}
        </p>
        <button class={account.owes === 'password' ? 'primary' : ''} type="submit">
          {t('account.password.change')}
        </button>
      </form>
      {done && (
        <p class="state good" role="status">
          {t('account.password.changed')}
        </p>
      )}
    </section>
  )
}
