import { type SetupState, setupSteps } from '../../../protocol/setup.ts'
import { type Language, languages, type Translate } from '../../../provisioning/texts/texts.ts'
import { Step } from './step.tsx'

interface Shown {
  readonly state: SetupState | undefined
  /** The agent does not answer now. */
  readonly lost: boolean
  readonly language: Language
  readonly t: Translate
  readonly choose: (language: Language) => void
}

const short: Readonly<Record<Language, string>> = { ru: 'Рус', tt: 'Тат', en: 'Eng' }

/** The technician's page: what this terminal is, and the steps to its acceptance. */
export const App = ({ state, lost, language, t, choose }: Shown) => (
  <main>
    <header>
      <div class="grow">
        <h1>{t('title')}</h1>
        <p class="small">{t('intro')}</p>
      </div>
      <fieldset class="languages">
        <legend class="unseen">{t('language')}</legend>
        {[...new Set([...(state?.languages ?? []), ...languages])].map((one) => (
          <button
            key={one}
            type="button"
            lang={one}
            aria-pressed={one === language}
            aria-label={`${short[one]}: ${t(`language.${one}`)}`}
            onClick={() => choose(one)}
          >
            {short[one]}
          </button>
        ))}
      </fieldset>
    </header>
    {lost && (
      <p class="trouble" role="alert">
        {t('lost')}
      </p>
    )}
    {state !== undefined && (
      <>
        <Facts state={state} t={t} />
        <ol class="steps">
          {setupSteps.map((step, at) => (
            <Step key={step} {...{ step, state, t }} number={at + 1} />
          ))}
        </ol>
      </>
    )}
  </main>
)

const Facts = ({ state, t }: { readonly state: SetupState; readonly t: Translate }) => {
  const { device, village, serial, fingerprint, admission } = state
  const rows = [
    [t('village'), village ?? t('unknown')],
    [t('device'), device ?? t('unknown')],
    [t('serial'), serial],
    [t('fingerprint'), fingerprint],
  ] as const
  return (
    <section class="card facts">
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {admission !== undefined && (
        <p class={`state ${admission === 'accepted' ? 'good' : admission === 'pending' ? 'warn' : 'bad'}`}>
          {t(`admission.${admission}`)}
        </p>
      )}
    </section>
  )
}
