import { useEffect, useRef } from 'preact/hooks'
import { useEntry } from './entry.ts'

interface Asking {
  readonly asking: boolean
  readonly enter: (code: string) => void
  readonly back: () => void
}

/** The second step of signing in: a code of the authenticator app, or a recovery code. */
export const CodeStep = ({ asking, enter, back }: Asking) => {
  const { t } = useEntry()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    enter(String(new FormData(event.currentTarget as HTMLFormElement).get('code')))
  }
  return (
    <form onSubmit={(event) => submit(event as unknown as SubmitEvent)}>
      <h2>{t('sign-in.code.title')}</h2>
      <label>
        <span>{t('sign-in.code')}</span>
        <input
          ref={field}
          class="text"
          name="code"
          autocomplete="one-time-code"
          autocapitalize="off"
          spellcheck={false}
          required
          maxLength={40}
          aria-describedby="code-hint"
        />
      </label>
      <p id="code-hint" class="small">
        {t('sign-in.code.hint')}
      </p>
      <div class="row">
        <button type="button" onClick={back}>
          {t('sign-in.back')}
        </button>
        <button class="primary grow" type="submit" disabled={asking}>
          {t('sign-in.submit')}
        </button>
      </div>
    </form>
  )
}
