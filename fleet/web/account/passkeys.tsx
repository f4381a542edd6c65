import { addPasskey, passkeysWork } from '../passkey.ts'
import { browserName } from './browser-name.ts'
import { useAccount } from './context.ts'
import { Moment } from './moment.tsx'

/** The passkeys, one more, one less. */
export const Passkeys = () => {
  const { t, api, account, act, showCodes } = useAccount()
  const add = () =>
    act(async () => showCodes((await addPasskey(api, browserName(navigator.userAgent))).recoveryCodes))
  return (
    <section class="card" aria-labelledby="passkeys-title">
      <div class="row">
        <h2 id="passkeys-title" class="grow">
          {t('account.passkeys')}
        </h2>
        <span class={account.passkeys.length > 0 ? 'state good' : 'state quiet'}>
          {t(account.passkeys.length > 0 ? 'account.on' : 'account.off')}
        </span>
      </div>
      <p class="small">{t('account.passkeys.hint')}</p>
      <ul class="entries">
        {account.passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
          <li key={id} class="row">
            <span class="grow">
              {name}
              <small class="small">
                {t('account.added')} <Moment at={createdAt} />
                {lastUsedAt !== null && (
                  <>
                    {' · '}
                    {t('account.used')} <Moment at={lastUsedAt} />
                  </>
                )}
              </small>
            </span>
            <button
              type="button"
              aria-label={`${t('account.remove')}: ${name}`}
              onClick={() => void act(() => api.removePasskey(id))}
            >
              {t('account.remove')}
            </button>
          </li>
        ))}
      </ul>
      {passkeysWork() ? (
        <button type="button" onClick={() => void add()}>
          {t('account.passkeys.add')}
        </button>
      ) : (
        <p class="small">{t('account.passkeys.no')}</p>
      )}
    </section>
  )
}
