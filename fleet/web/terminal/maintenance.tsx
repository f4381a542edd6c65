import { useState } from 'preact/hooks'
import type { MaintenanceWindow } from '../../api/health-schemas.ts'
import { fieldOf, momentField, onSubmit } from '../account/form.ts'
import { useTerminal } from './context.ts'
import { lengthText, momentText } from './moments.ts'

const hour = 3_600_000
const lengths = [hour / 2, hour, 2 * hour, 4 * hour, 8 * hour, 24 * hour] as const

interface Parts {
  /** The windows that are about this terminal. */
  readonly windows: readonly MaintenanceWindow[]
}

/** Announces an absence of this terminal, which then alarms nobody and counts against nothing. */
const Plan = () => {
  const { t, health, terminal, refresh, explain } = useTerminal()
  const [wrong, setWrong] = useState<string | undefined>()
  const [asking, setAsking] = useState(false)
  const plan = (form: FormData, element: HTMLFormElement): void => {
    // A beginning in the minute that runs is now: the field knows no seconds.
    const from = Math.max(new Date(fieldOf(form, 'from')).getTime(), Date.now())
    const note = fieldOf(form, 'note').trim()
    setAsking(true)
    setWrong(undefined)
    health
      .planMaintenance({
        ...{ about: 'terminal', name: terminal.id, from, note },
        until: from + Number(fieldOf(form, 'length')),
      })
      .then(
        () => {
          element.reset()
          refresh()
        },
        (problem: unknown) => setWrong(explain(problem)),
      )
      .finally(() => setAsking(false))
  }
  return (
    <details>
      <summary>{t('planned.plan')}</summary>
      <form class="plan" onSubmit={onSubmit(plan)}>
        <label>
          <span class="small">{t('planned.from')}</span>
          <input class="text" type="datetime-local" name="from" required value={momentField(Date.now())} />
        </label>
        <label>
          <span class="small">{t('planned.length')}</span>
          <select class="text" name="length">
            {lengths.map((length) => (
              <option key={length} value={length} selected={length === hour}>
                {lengthText(t, length)}
              </option>
            ))}
          </select>
        </label>
        <label class="wide">
          <span class="small">{t('planned.note')}</span>
          <input class="text" name="note" maxLength={500} required />
        </label>
        <button class="primary wide" type="submit" disabled={asking}>
          {t('planned.save')}
        </button>
        {wrong !== undefined && (
          <p class="notice bad wide" role="alert">
            {wrong}
          </p>
        )}
      </form>
    </details>
  )
}

/** Announced absences of this terminal. */
export const Maintenance = ({ windows }: Parts) => {
  const { t, health, language, now, may, refresh, explain } = useTerminal()
  const [wrong, setWrong] = useState<string | undefined>()
  const coming = windows.filter(({ until }) => until > now).toSorted((a, b) => a.from - b.from)
  const end = (id: string): void => {
    setWrong(undefined)
    health.endMaintenance(id).then(refresh, (problem: unknown) => setWrong(explain(problem)))
  }
  return (
    <section class="card panel" aria-labelledby="maintenance-title">
      <h2 id="maintenance-title">{t('planned.title')}</h2>
      {coming.length === 0 && <p class="small">{t('planned.none')}</p>}
      <ul class="entries">
        {coming.map(({ id, about, from, until, note }) => (
          <li key={id} class="row">
            <div class="grow">
              <p>
                {momentText(from, language, now)} – {momentText(until, language, now)}
              </p>
              <p class="small note">
                {about !== 'terminal' && `${t(`planned.of.${about}`)} · `}
                {note}
              </p>
            </div>
            {may('maintenance.write') && about === 'terminal' && (
              <button type="button" onClick={() => end(id)}>
                {t('planned.end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {wrong !== undefined && (
        <p class="notice bad" role="alert">
          {wrong}
        </p>
      )}
      {may('maintenance.write') && <Plan />}
    </section>
  )
}
