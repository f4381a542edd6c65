import type { Incident } from '../../api/incident-schemas.ts'
import { useOps } from './context.ts'
import { IncidentActs } from './incident-acts.tsx'
import { incidentTone } from './incident-order.ts'
import { momentText } from './moments.ts'
import { terminalPage } from './place.ts'
import { Told } from './told.tsx'

interface Step {
  readonly at: number
  readonly text: string
  readonly said?: string
}

/** So many terminals of an incident are named. */
const most = 40

/** The course of an incident, the newest first. */
const Course = ({ incident }: { readonly incident: Incident }) => {
  const { t, language, state } = useOps()
  const nameOf = (id: string): string => state.colleagues[id] ?? id
  const { openedAt, clearedAt, acknowledgedAt, acknowledgedBy, resolvedAt, resolvedBy, notes } = incident
  const steps: Step[] = [
    { at: openedAt, text: t('ops.incident.opened') },
    ...(clearedAt === undefined ? [] : [{ at: clearedAt, text: t('ops.incident.cleared-at') }]),
    ...(acknowledgedAt === undefined
      ? []
      : [
          {
            at: acknowledgedAt,
            text: t('ops.incident.acknowledged-by', { name: nameOf(acknowledgedBy ?? '') }),
          },
        ]),
    ...(resolvedAt === undefined
      ? []
      : [{ at: resolvedAt, text: t('ops.incident.resolved-by', { name: nameOf(resolvedBy ?? '') }) }]),
    ...notes.map(({ at, by, text }) => ({ at, text: nameOf(by), said: text })),
  ].toSorted((a, b) => b.at - a.at)
  return (
    <ol class="course">
      {steps.map(({ at, text, said }) => (
        <li key={`${at} ${text} ${said}`}>
          <time class="small number" dateTime={new Date(at).toISOString()}>
            {momentText(at, language)}
          </time>
          <span>
            <Told text={text} />
            {said !== undefined && <Told text={said} class="said" />}
          </span>
        </li>
      ))}
    </ol>
  )
}

const Terminals = ({ incident }: { readonly incident: Incident }) => {
  const { t, state } = useOps()
  const { terminals } = incident
  return (
    <>
      <h3>{t('ops.incident.terminals', { count: terminals.length })}</h3>
      <ul class="terminals">
        {terminals.slice(0, most).map((id) => (
          <li key={id}>
            <a href={terminalPage(id)}>
              <Told text={state.terminals?.[id]?.village || id} />
            </a>
          </li>
        ))}
        {terminals.length > most && (
          <li class="small">{t('ops.list.more', { count: terminals.length - most })}</li>
        )}
      </ul>
    </>
  )
}

/** One incident: what it is, what to do, what was done. */
export const IncidentDetail = ({ incident }: { readonly incident: Incident }) => {
  const { t, language, state } = useOps()
  const runbook = state.rules[incident.rule]?.runbook[language] ?? ''
  return (
    <section class="card detail" aria-labelledby="incident-title">
      <div class="heading">
        <h2 id="incident-title">{incident.title[language]}</h2>
        <span class={`state ${incidentTone(incident)}`}>
          {t(`ops.incident.severity.${incident.severity}`)}
        </span>
        <span class="small">{t(`ops.incident.state.${incident.state}`)}</span>
        {incident.flapping && <span class="state warn">{t('ops.incident.flapping')}</span>}
        {incident.assignee !== undefined && (
          <Told text={t('ops.incident.by', { name: incident.assignee })} class="small" />
        )}
      </div>
      {incident.district !== undefined && <Told text={incident.district} />}
      {incident.detail !== undefined && <Told text={incident.detail} class="quote" />}
      <div class="columns">
        <div>
          {incident.terminals.length > 0 ? (
            <Terminals incident={incident} />
          ) : (
            <p>{t('ops.incident.fleet')}</p>
          )}
          <h3>{t('ops.incident.runbook')}</h3>
          <p class="runbook">{runbook || t('ops.incident.no-runbook')}</p>
        </div>
        <div>
          <IncidentActs incident={incident} />
          <h3>{t('ops.incident.course')}</h3>
          <Course incident={incident} />
        </div>
      </div>
    </section>
  )
}
