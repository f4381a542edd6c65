import { useState } from 'preact/hooks'
import type { Incident } from '../../api/incident-schemas.ts'
import { useOps } from './context.ts'
import { IncidentDetail } from './incident-detail.tsx'
import { incidentTone, whereOf, worstIncidentFirst } from './incident-order.ts'
import { ageText, momentText } from './moments.ts'
import { NotifyChoice } from './notify-choice.tsx'
import { PartOf } from './part.tsx'
import { hashOf } from './place.ts'
import { Told } from './told.tsx'

const filters = ['unresolved', 'resolved'] as const
type Filter = (typeof filters)[number]

/** Of closed ones so many are listed. */
const most = 200

const Item = ({ incident, chosen }: { readonly incident: Incident; readonly chosen: boolean }) => {
  const { t, language } = useOps()
  const { assignee, state, clearedAt } = incident
  return (
    <li>
      <a href={hashOf('incidents', incident.id)} aria-current={chosen ? 'true' : undefined}>
        <span class={`state ${incidentTone(incident)}`}>{incident.title[language]}</span>
        <Told text={whereOf(incident)} class="where" />
        <span class="small">
          {state === 'resolved'
            ? momentText(incident.resolvedAt ?? incident.openedAt, language)
            : t('ops.incident.age', { age: ageText(t, incident.openedAt) })}
          {' · '}
          {assignee === undefined
            ? t(`ops.incident.state.${state}`)
            : t('ops.incident.by', { name: assignee })}
          {clearedAt !== undefined && state !== 'resolved' && ` · ${t('ops.incident.cleared')}`}
        </span>
      </a>
    </li>
  )
}

/** All incidents, and the one that is looked at. */
export const IncidentsView = ({ id }: { readonly id: string }) => {
  const { t, state } = useOps()
  const chosen = state.incidents?.[id]
  const [filter, setFilter] = useState<Filter>(chosen?.state === 'resolved' ? 'resolved' : 'unresolved')
  const listed = Object.values(state.incidents ?? {})
    .filter((one) => (one.state === 'resolved') === (filter === 'resolved'))
    .toSorted(worstIncidentFirst)
  return (
    <main class="incidents-view">
      <section class="card list" aria-labelledby="incidents-title">
        <div class="heading">
          <h2 id="incidents-title">{t('ops.incidents.title')}</h2>
          <span class="grow" />
          <fieldset class="segments">
            <legend class="unseen">{t('ops.incidents.which')}</legend>
            {filters.map((one) => (
              <button key={one} type="button" aria-pressed={one === filter} onClick={() => setFilter(one)}>
                {t(`ops.incidents.filter.${one}`)}
              </button>
            ))}
          </fieldset>
        </div>
        <PartOf part="incidents" there={state.incidents !== undefined}>
          {listed.length === 0 && (
            <p class={filter === 'unresolved' ? 'state good well' : 'small well'}>
              {t(filter === 'unresolved' ? 'ops.incidents.none' : 'ops.incidents.none-such')}
            </p>
          )}
          <ul class="entries">
            {listed.slice(0, most).map((incident) => (
              <Item key={incident.id} incident={incident} chosen={incident.id === id} />
            ))}
          </ul>
        </PartOf>
        <NotifyChoice />
      </section>
      {chosen === undefined ? (
        <section class="card empty">
          <p class="small">{t(id === '' ? 'ops.incidents.choose' : 'ops.incidents.gone')}</p>
        </section>
      ) : (
        <IncidentDetail key={chosen.id} incident={chosen} />
      )}
    </main>
  )
}
