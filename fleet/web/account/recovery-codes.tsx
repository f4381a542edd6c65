import { useAccount } from './context.ts'
import { Dialog } from './dialog.tsx'

/** How many recovery codes are left, and new ones. */
export const RecoveryCodes = () => {
  const { t, api, account, act, showCodes } = useAccount()
  if (!account.totp && account.passkeys.length === 0) return null
  return (
    <section class="card" aria-labelledby="codes-title">
      <div class="row">
        <h2 id="codes-title" class="grow">
          {t('account.codes')}
        </h2>
        <span class={account.recoveryCodes > 2 ? 'state good' : 'state warn'}>
          {t('account.codes.left', { count: account.recoveryCodes })}
        </span>
      </div>
      <p class="small">{t('account.codes.hint')}</p>
      <button
        type="button"
        onClick={() => void act(async () => showCodes((await api.renewCodes()).recoveryCodes))}
      >
        {t('account.codes.renew')}
      </button>
    </section>
  )
}

interface Shown {
  readonly codes: readonly string[]
  readonly close: () => void
}

/** New recovery codes, told this once. */
export const Codes = ({ codes, close }: Shown) => {
  const { t } = useAccount()
  return (
    <Dialog title={t('account.codes')} close={close}>
      <p>{t('account.codes.keep')}</p>
      <ol class="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <button class="primary" type="button" autofocus onClick={close}>
        {t('account.codes.kept')}
      </button>
    </Dialog>
  )
}
