import { useState } from 'preact/hooks'
import type { Incident, IncidentAct } from '../../api/incident-schemas.ts'
import { fieldOf, onSubmit } from '../account/form.ts'
import { useOps } from './context.ts'
import { compareNames } from './rows.ts'

/** What one does with an incident. What was written stays until the fleet has taken it. */
export const IncidentActs = ({ incident }: { readonly incident: Incident }) => {
  const { t, may, incidents, dispatch, tell, session, state } = useOps()
  const [acting, setActing] = useState(false)
  const [outcome, setOutcome] = useState<{ readonly wrong: boolean; readonly text: string } | undefined>()
  if (!may('incidents.write')) return <p class="small">{t('ops.incident.read-only')}</p>
  if (incident.state === 'resolved') return null

  const names = [...new Set([...Object.values(state.colleagues), session.user])].toSorted(compareNames)
  const act = async (wanted: IncidentAct): Promise<boolean> => {
    setActing(true)
    setOutcome(undefined)
    try {
      const changed = await incidents.act(incident.id, wanted)
      dispatch({ type: 'heard', terminals: [], incidents: [changed] })
      setOutcome({ wrong: false, text: t('ops.incident.done') })
      return true
    } catch (problem) {
      setOutcome({ wrong: true, text: tell(problem) })
      return false
    } finally {
      setActing(false)
    }
  }
  const note = async (form: FormData, element: HTMLFormElement, resolves: boolean): Promise<void> => {
    const text = fieldOf(form, 'text').trim()
    if (!resolves && text === '') return
    const wanted: IncidentAct = resolves
      ? { act: 'resolve', ...(text !== '' && { text }) }
      : { act: 'note', text }
    if (await act(wanted)) element.reset()
  }

  return (
    <div class="acts" aria-busy={acting}>
      {incident.state === 'open' && (
        <button
          type="button"
          class="primary"
          disabled={acting}
          onClick={() => void act({ act: 'acknowledge' })}
        >
          {t('ops.incident.acknowledge')}
        </button>
      )}
      <form
        class="row"
        onSubmit={onSubmit((form) => void act({ act: 'assign', assignee: fieldOf(form, 'assignee').trim() }))}
      >
        <label class="grow">
          <span>{t('ops.incident.assignee')}</span>
          <select class="text" name="assignee" required>
            {names.map((name) => (
              <option key={name} value={name} selected={name === (incident.assignee ?? session.user)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={acting}>
          {t('ops.incident.assign')}
        </button>
      </form>
      <form
        onSubmit={(event) => {
          const { submitter } = event as unknown as SubmitEvent
          const resolves = submitter?.getAttribute('value') === 'resolve'
          onSubmit((form, element) => void note(form, element, resolves))(event)
        }}
      >
        <label>
          <span>{t('ops.incident.note')}</span>
          <textarea class="text" name="text" rows={2} maxLength={1000} />
        </label>
        <div class="row">
          <button type="submit" value="note" disabled={acting}>
            {t('ops.incident.add-note')}
          </button>
          <button type="submit" value="resolve" disabled={acting}>
            {t('ops.incident.resolve')}
          </button>
        </div>
      </form>
      {outcome !== undefined && (
        <p class={outcome.wrong ? 'notice bad' : 'state good'} role={outcome.wrong ? 'alert' : 'status'}>
          {outcome.text}
        </p>
      )}
    </div>
  )
}
