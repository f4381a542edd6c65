import type { PresenceInterval } from '../../api/health-schemas.ts'
import type { Command } from '../../api/schemas.ts'
import { CloseIcon } from '../expert/icons.tsx'
import { toneOf } from '../expert/terminal-state.ts'
import { outcomeText } from '../expert/work-text.ts'
import { faultOf } from '../i18n/faults.ts'
import { commandName } from './command-name.ts'
import { useTerminal } from './context.ts'
import { DowntimeForm } from './downtime-form.tsx'
import { lengthText, momentText } from './moments.ts'
import { outcomeTone } from './timeline.ts'
import type { Chosen } from './timeline-card.tsx'

interface Parts {
  readonly intervals: readonly PresenceInterval[]
  readonly chosen: Chosen | undefined
  readonly edited: (interval: PresenceInterval) => void
  readonly close: () => void
}

const downStates: readonly PresenceInterval['state'][] = ['reduced', 'suspect', 'offline']

const IntervalDetail = ({
  interval,
  edited,
}: Pick<Parts, 'edited'> & { readonly interval: PresenceInterval }) => {
  const { t, language, now, may } = useTerminal()
  const { state, from, until, reason, judgedBy, note } = interval
  const end = until === undefined ? t('detail.lasts') : momentText(until, language, now)
  const down = downStates.includes(state)
  return (
    <>
      <p class="row wraps">
        <span class={`state ${toneOf(state)}`}>{t(`terminal.state.${state}`)}</span>
        <span>
          {momentText(from, language, now)} – {end}
        </span>
        <span class="small">{lengthText(t, (until ?? now) - from)}</span>
      </p>
      {reason !== undefined && (
        <p>
          {t(`cause.${reason}`)}
          {judgedBy !== undefined && <span class="small"> · {t(`judged.${judgedBy}`)}</span>}
        </p>
      )}
      {note && <p class="note">{note}</p>}
      {down && may('downtime.write') && (
        <DowntimeForm key={interval.id} interval={interval} edited={edited} />
      )}
    </>
  )
}

const CommandDetail = ({ command }: { readonly command: Command }) => {
  const { t, language, now } = useTerminal()
  const tone = outcomeTone(command)
  const fault = tone === 'bad' || tone === 'warn' ? faultOf(t, command) : undefined
  return (
    <li>
      <p class="row wraps">
        <strong>{commandName(t, command.name)}</strong>
        <span class={`state ${tone}`}>
          {tone === 'good' ? outcomeText(t, command) : t(`command.state.${command.state}`)}
        </span>
        <span class="small">
          {momentText(command.issuedAt, language, now)} ·{' '}
          {lengthText(t, Math.max(0, command.updatedAt - command.issuedAt))}
        </span>
      </p>
      {fault !== undefined && (
        <p class="small">
          {fault.what} {fault.do}
        </p>
      )}
    </li>
  )
}

/** What was chosen on the timeline, told in full. */
export const TimelineDetail = ({ intervals, chosen, edited, close }: Parts) => {
  const { t, commands } = useTerminal()
  if (chosen === undefined) return <p class="small">{t('timeline.hint')}</p>
  const interval = chosen.kind === 'interval' ? intervals.find(({ id }) => id === chosen.id) : undefined
  const some = chosen.kind === 'commands' ? commands.filter(({ id }) => chosen.ids.includes(id)) : []
  if (interval === undefined && some.length === 0) return <p class="small">{t('timeline.hint')}</p>
  return (
    <section class="detail" aria-label={t('detail')}>
      <div class="grow">
        {interval !== undefined && <IntervalDetail interval={interval} edited={edited} />}
        {some.length > 0 && (
          <ul>
            {some.map((command) => (
              <CommandDetail key={command.id} command={command} />
            ))}
          </ul>
        )}
      </div>
      <button type="button" class="plain icon" aria-label={t('close')} title={t('close')} onClick={close}>
        <CloseIcon />
      </button>
    </section>
  )
}
