import type { Tone } from '../expert/terminal-state.ts'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { momentText } from './moments.ts'
import { Scroller } from './scroller.tsx'
import { isTerminalTextKey } from './texts.ts'

const asked = 50

const tones: Readonly<Record<string, Tone>> = {
  'device-fault': 'bad',
  'artefact-lost': 'bad',
  'message-refused': 'warn',
  'device-recovered': 'good',
}

/** What happened on the terminal, the newest first. */
export const Happenings = () => {
  const { t, health, terminal, language, now, changes } = useTerminal()
  const { value, problem } = useLoaded(() => health.events(terminal.id, asked), [changes])
  const typeText = (type: string): string => {
    const key = `event.${type}`
    return isTerminalTextKey(key) ? t(key) : type
  }
  return (
    <section class="card panel" aria-labelledby="events-title">
      <h2 id="events-title">{t('events.title')}</h2>
      {value === undefined && <p class="small">{problem ?? t('loading')}</p>}
      {value?.length === 0 && <p class="small">{t('events.none')}</p>}
      {value !== undefined && value.length > 0 && (
        <Scroller label={t('events.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('table.when')}</th>
                <th scope="col">{t('table.what')}</th>
                <th scope="col">{t('events.data')}</th>
              </tr>
            </thead>
            <tbody>
              {value.map(({ id, type, at, data }) => (
                <tr key={id}>
                  <td>{momentText(at, language, now)}</td>
                  <td>
                    <span class={`state ${tones[type] ?? 'quiet'}`}>{typeText(type)}</span>
                  </td>
                  <td class="data">
                    {Object.entries(data).map(([name, one]) => (
                      <span key={name}>
                        <span class="small">{name}</span> {String(one)}
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
