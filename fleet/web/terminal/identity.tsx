import type { Tone } from '../expert/terminal-state.ts'
import { isTextKey } from '../i18n/texts.ts'
import { identityApi } from '../identity-api.ts'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { fullDateText } from './moments.ts'

const day = 86_400_000
const soonDays = 14

const tones: Readonly<Record<string, Tone>> = {
  accepted: 'good',
  pending: 'warn',
  quarantined: 'bad',
  revoked: 'bad',
}

/** Who the terminal is to the fleet, and how long its certificate holds. */
export const Identity = () => {
  const { t, api, terminal, language, now, changes } = useTerminal()
  const { value, problem } = useLoaded(() => identityApi(api).identity(terminal.id), [changes])
  if (value === undefined) {
    return problem === undefined ? null : (
      <section class="card panel" aria-labelledby="identity-title">
        <h2 id="identity-title">{t('identity.title')}</h2>
        <p class="small">{problem}</p>
      </section>
    )
  }
  const { admission, reason, serial, fingerprint, certificate } = value
  const days = certificate && Math.floor((certificate.expiresAt - now) / day)
  const key = `identity.${reason}`
  return (
    <section class="card panel" aria-labelledby="identity-title">
      <div class="row wraps">
        <h2 id="identity-title" class="grow">
          {t('identity.title')}
        </h2>
        <span class={`state ${tones[admission] ?? 'quiet'}`}>{t(`identity.${admission}`)}</span>
      </div>
      {reason !== undefined && <p class="notice bad">{isTextKey(key) ? t(key) : reason}</p>}
      <dl class="facts small">
        {certificate !== undefined && days !== undefined && (
          <>
            <dt>{t('identity.until')}</dt>
            <dd>
              {fullDateText(certificate.expiresAt, language)}
              {' · '}
              <span class={days < soonDays ? 'state warn' : ''}>{t('identity.days', { count: days })}</span>
            </dd>
          </>
        )}
        {serial !== undefined && (
          <>
            <dt>{t('identity.serial')}</dt>
            <dd>{serial}</dd>
          </>
        )}
        {fingerprint !== undefined && (
          <>
            <dt>{t('identity.fingerprint')}</dt>
            <dd>{fingerprint}</dd>
          </>
        )}
      </dl>
    </section>
  )
}
