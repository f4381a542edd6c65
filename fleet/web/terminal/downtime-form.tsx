import { useState } from 'preact/hooks'
import type { PresenceInterval } from '../../api/health-schemas.ts'
import { type DowntimeReason, downtimeReasons } from '../../terminals/history.ts'
import { fieldOf, onSubmit } from '../account/form.ts'
import { useTerminal } from './context.ts'

interface Parts {
  readonly interval: PresenceInterval
  readonly edited: (interval: PresenceInterval) => void
}

/** What a person says of a downtime: why it was, and a note. */
export const DowntimeForm = ({ interval, edited }: Parts) => {
  const { t, health, explain } = useTerminal()
  const [saying, setSaying] = useState<{ readonly tone: string; readonly text: string } | undefined>()
  const [asking, setAsking] = useState(false)
  const save = (form: FormData): void => {
    const edit = { reason: fieldOf(form, 'reason') as DowntimeReason, note: fieldOf(form, 'note').trim() }
    setAsking(true)
    setSaying(undefined)
    health
      .editDowntime(interval.id, edit)
      .then(
        () => {
          edited({ ...interval, ...edit, judgedBy: 'person' })
          setSaying({ tone: 'good', text: t('downtime.saved') })
        },
        (problem: unknown) => setSaying({ tone: 'bad', text: explain(problem) }),
      )
      .finally(() => setAsking(false))
  }
  return (
    <form class="downtime" onSubmit={onSubmit(save)}>
      <label>
        <span class="small">{t('downtime.reason')}</span>
        <select class="text" name="reason">
          {downtimeReasons.map((reason) => (
            <option key={reason} value={reason} selected={reason === (interval.reason ?? 'unknown')}>
              {t(`cause.${reason}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        <span class="small">{t('downtime.note')}</span>
        <input class="text" name="note" maxLength={500} value={interval.note ?? ''} />
      </label>
      <button class="primary" type="submit" disabled={asking}>
        {t('save.it')}
      </button>
      {saying !== undefined && (
        <p class={`notice ${saying.tone}`} role={saying.tone === 'bad' ? 'alert' : 'status'}>
          {saying.text}
        </p>
      )}
    </form>
  )
}
