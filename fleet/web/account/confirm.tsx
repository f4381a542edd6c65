import { useState } from 'preact/hooks'
import { ApiProblem } from '../api.ts'
import { problemText } from '../i18n/faults.ts'
import { useAccount } from './context.ts'
import { Dialog, FormFoot } from './dialog.tsx'
import { fieldOf, onSubmit } from './form.ts'

/** Asks once more for the password. */
export const Confirm = ({ done }: { readonly done: (confirmed: boolean) => void }) => {
  const { t, api, account } = useAccount()
  const [wrong, setWrong] = useState<string | undefined>()
  const confirm = (form: FormData): void => {
    setWrong(undefined)
    api.confirm(fieldOf(form, 'password')).then(
      () => done(true),
      (problem: unknown) =>
        setWrong(problemText(t, problem instanceof ApiProblem ? problem.code : 'internal')),
    )
  }
  return (
    <Dialog title={t('account.confirm')} close={() => done(false)}>
      <form class="fields" onSubmit={onSubmit(confirm)}>
        <input
          class="unseen"
          name="user"
          autocomplete="username"
          value={account.user}
          tabIndex={-1}
          aria-hidden
        />
        <label>
          <span>{t('sign-in.password')}</span>
          <input
            class="text"
            name="password"
            type="password"
            autocomplete="current-password"
            autofocus
            required
            maxLength={200}
          />
        </label>
        <FormFoot wrong={wrong} leave={t('cancel')} left={() => done(false)} go={t('account.continue')} />
      </form>
    </Dialog>
  )
}
