import { useState } from 'preact/hooks'
import type { TerminalConfiguration } from '../../api/configuration-schemas.ts'
import { configurationApi } from '../configuration-api.ts'
import type { Tone } from '../expert/terminal-state.ts'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { momentText } from './moments.ts'
import { Scroller } from './scroller.tsx'
import { type Setting, settingsOf } from './settings.ts'

const Drift = ({ state }: { readonly state: TerminalConfiguration }) => {
  const { t, language, now } = useTerminal()
  const { drift, reported } = state
  const tone: Tone = drift === undefined ? 'good' : drift.reason === 'behind' ? 'warn' : 'bad'
  const onTrial = drift === undefined && reported?.status === 'trial'
  const text = drift ? t(`config.${drift.reason}`) : t(onTrial ? 'config.trial' : 'drift.none')
  return (
    <>
      <p class="row wraps">
        <span class={`state ${onTrial || drift?.reason === 'never-reported' ? 'quiet' : tone}`}>{text}</span>
        {drift !== undefined && (
          <span class="small">{t('drift.since', { time: momentText(drift.since, language, now) })}</span>
        )}
      </p>
      <p class="small">
        {t('config.versions', {
          version: state.version,
          has: reported === undefined ? '–' : String(reported.version),
        })}
      </p>
      {reported !== undefined && reported.errors.length > 0 && (
        <ul class="small notice bad">
          {reported.errors.map(({ path, text: wrong }) => (
            <li key={path}>
              <code>{path}</code> {wrong}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

const Settings = ({ settings }: { readonly settings: readonly Setting[] }) => {
  const { t } = useTerminal()
  return (
    <Scroller label={t('config.document')}>
      <table class="settings">
        <thead>
          <tr>
            <th scope="col">{t('config.path')}</th>
            <th scope="col">{t('config.value')}</th>
            <th scope="col">{t('config.origin')}</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(({ path, value, origin }) => (
            <tr key={path}>
              <td>{path}</td>
              <td>{value}</td>
              <td>{origin}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  )
}

/** Which configuration the terminal should have, and whether it has it. */
export const Configuration = () => {
  const { t, api, terminal, changes } = useTerminal()
  const [open, setOpen] = useState(false)
  const { value, problem } = useLoaded(() => configurationApi(api).ofTerminal(terminal.id), [changes])
  return (
    <section class="card panel" aria-labelledby="configuration-title">
      <h2 id="configuration-title">{t('config.title')}</h2>
      {value === undefined ? (
        <p class="small">{problem ?? t('loading')}</p>
      ) : (
        <>
          <Drift state={value} />
          <details onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>{t('config.document')}</summary>
            {open && <Settings settings={settingsOf(value.desired, value.origins)} />}
          </details>
        </>
      )}
    </section>
  )
}
