import { useState } from 'preact/hooks'
import type { TotpSetup } from '../../api/people-schemas.ts'
import { useAccount } from './context.ts'
import { fieldOf, onSubmit } from './form.ts'

/** Sets up an authenticator app, or does without it. */
export const Authenticator = () => {
  const { t, api, account, act, showCodes } = useAccount()
  const [setup, setSetup] = useState<TotpSetup | undefined>()
  const confirm = async (form: FormData): Promise<void> => {
    const done = await act(async () =>
      showCodes((await api.confirmTotp(fieldOf(form, 'code'))).recoveryCodes),
    )
    if (done) setSetup(undefined)
  }
  return (
    <section class="card" aria-labelledby="totp-title">
      <div class="row">
        <h2 id="totp-title" class="grow">
          {t('account.totp')}
        </h2>
        <span class={account.totp ? 'state good' : 'state quiet'}>
          {t(account.totp ? 'account.on' : 'account.off')}
        </span>
      </div>
      <p class="small">{t('account.totp.hint')}</p>
      {account.totp && (
        <button type="button" onClick={() => void act(api.removeTotp)}>
          {t('account.totp.remove')}
        </button>
      )}
      {!account.totp && setup === undefined && (
        <button type="button" onClick={() => void act(async () => setSetup(await api.beginTotp()))}>
          {t('account.totp.add')}
        </button>
      )}
      {!account.totp && setup !== undefined && (
        <form class="setup" onSubmit={onSubmit((form) => void confirm(form))}>
          <img
            src={`data:image/svg+xml,${encodeURIComponent(setup.qr)}`}
            alt={t('account.totp.picture')}
            width={176}
            height={176}
          />
          <div class="fields">
            <p>{t('account.totp.scan')}</p>
            <p class="small">
              {t('account.totp.type')} <code>{setup.secret.replace(/.{4}(?=.)/g, '$& ')}</code>
            </p>
            <label>
              <span>{t('account.totp.code')}</span>
              <input
                class="text"
                name="code"
                inputMode="numeric"
                autocomplete="one-time-code"
                pattern="[0-9 ]{6,7}"
                required
                maxLength={7}
              />
            </label>
            <div class="row">
              <button type="button" onClick={() => setSetup(undefined)}>
                {t('cancel')}
              </button>
              <button class="primary grow" type="submit">
                {t('account.totp.confirm')}
              </button>
            </div>
          </div>
        </form>
      )}
    </section>
  )
}
