import type { Tone } from '../expert/terminal-state.ts'
import { useTerminal } from './context.ts'
import { eventText, toldBy } from './event-text.ts'
import { useLoaded } from './loaded.ts'
import { momentText } from './moments.ts'
import { Scroller } from './scroller.tsx'

const asked = 50

const tones: Readonly<Record<string, Tone>> = {
  'device-fault': 'bad',
  'artefact-lost': 'bad',
  'message-refused': 'warn',
  'configuration-refused': 'warn',
  'device-recovered': 'good',
  'claim-locked': 'warn',
  'identity-quarantined': 'bad',
  'identity-revoked': 'bad',
}

/** What happened on the terminal, the newest first. */
export const Happenings = () => {
  const { t, health, terminal, language, now, changes } = useTerminal()
  const { value, problem } = useLoaded(() => health.events(terminal.id, asked), [changes])
  return (
    <section class="card panel" aria-labelledby="events-title">
      <h2 id="events-title">{t('happenings.title')}</h2>
      {value === undefined && <p class="small">{problem ?? t('loading')}</p>}
      {value?.length === 0 && <p class="small">{t('happenings.none')}</p>}
      {value !== undefined && value.length > 0 && (
        <Scroller label={t('happenings.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('table.when')}</th>
                <th scope="col">{t('table.what')}</th>
                <th scope="col">{t('happenings.data')}</th>
              </tr>
            </thead>
            <tbody>
              {value.map(({ id, type, at, data }) => (
                <tr key={id}>
                  <td>{momentText(at, language, now)}</td>
                  <td>
                    <span class={`state ${data.ok === false ? 'bad' : (tones[type] ?? 'quiet')}`}>
                      {eventText(t, type)}
                    </span>
                  </td>
                  <td class="data">
                    {toldBy(t, data).map((told) => (
                      <span key={told.name}>
                        <span class="small">{told.name}:</span> {told.value}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  )
}
