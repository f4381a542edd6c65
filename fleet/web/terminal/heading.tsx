import { toneOf } from '../expert/terminal-state.ts'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { lengthText, momentText } from './moments.ts'

/** Which terminal it is, how it is, since when and why. */
export const Heading = ({ district }: { readonly district: string }) => {
  const { terminal, health, language, now, changes, t } = useTerminal()
  const { id, village, state, since, agent } = terminal
  // The timeline may show another time.
  const lately = useLoaded(() => health.presence(id, { from: now - 60_000, until: now + 1 }), [changes])
  const current = lately.value?.findLast(({ until }) => until === undefined)
  // What an interval says holds for the state that it is about.
  const holds = current?.state === state ? current : undefined
  const where = [district, id, agent && t('terminal.agent', { version: agent })].filter(Boolean)
  return (
    <section class="heading" aria-labelledby="terminal-title">
      <div>
        <h2 id="terminal-title">{village || id}</h2>
        <p class="small">{where.join(' · ')}</p>
      </div>
      <div class="now" role="status">
        <span class={`state large ${toneOf(state)}`}>{t(`terminal.state.${state}`)}</span>
        {state !== 'never-seen' && (
          <span class="small">
            {t('state.since', {
              time: momentText(since, language, now),
              length: lengthText(t, Math.max(0, now - since)),
            })}
          </span>
        )}
        {holds?.reason !== undefined && (
          <span class="reason">
            {t(`cause.${holds.reason}`)}
            {holds.judgedBy !== undefined && <span class="small"> · {t(`judged.${holds.judgedBy}`)}</span>}
          </span>
        )}
        {holds?.note && <span class="small note">{holds.note}</span>}
      </div>
    </section>
  )
}
