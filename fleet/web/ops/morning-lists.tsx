import type { Forecast, SilentVillage } from '../../api/health-schemas.ts'
import { useOps } from './context.ts'
import { incidentTone, unresolved, whereOf } from './incident-order.ts'
import { ageText } from './moments.ts'
import { PartOf } from './part.tsx'
import { hashOf, terminalPage } from './place.ts'
import { soonest } from './rows.ts'
import { Told } from './told.tsx'

/** So many of a list belong to the morning; the rest is counted. */
const most = 6

const More = ({ count }: { readonly count: number }) => {
  const { t } = useOps()
  return count > 0 ? <li class="small">{t('ops.list.more', { count })}</li> : null
}

/** What a person has to deal with. */
export const OpenIncidents = () => {
  const { t, state, language } = useOps()
  const open = unresolved(Object.values(state.incidents ?? {}))
  return (
    <section class="card" aria-labelledby="open-incidents">
      <h2 id="open-incidents">{t('ops.incidents.open-ones')}</h2>
      <PartOf part="incidents" there={state.incidents !== undefined}>
        {open.length === 0 && <p class="state good well">{t('ops.incidents.none')}</p>}
        <ul class="entries">
          {open.slice(0, most).map((incident) => (
            <li key={incident.id}>
              <a href={hashOf('incidents', incident.id)}>
                <span class={`state ${incidentTone(incident)}`}>{incident.title[language]}</span>
                <span class="small">
                  {whereOf(incident) !== '' && (
                    <>
                      <Told text={whereOf(incident)} />
                      {' · '}
                    </>
                  )}
                  {t('ops.incident.age', { age: ageText(t, incident.openedAt) })}
                  {' · '}
                  {incident.assignee === undefined
                    ? t(`ops.incident.state.${incident.state}`)
                    : t('ops.incident.by', { name: incident.assignee })}
                </span>
              </a>
            </li>
          ))}
          {open.length > most && (
            <li>
              <a href={hashOf('incidents')}>{t('ops.incidents.more', { count: open.length })}</a>
            </li>
          )}
        </ul>
      </PartOf>
    </section>
  )
}

/** Paper, toner, disk and certificates, the soonest first. */
export const RunsOut = ({ forecasts }: { readonly forecasts: readonly Forecast[] }) => {
  const { t } = useOps()
  if (forecasts.length === 0) return <p class="state good well">{t('ops.runs-out.none')}</p>
  return (
    <ul class="entries">
      {soonest(forecasts)
        .slice(0, most)
        .map(({ terminal, village, what, daysLeft }) => (
          <li key={`${terminal} ${what}`}>
            <a class="row" href={terminalPage(terminal)}>
              <span class="grow">
                {t(`ops.runs-out.${what}`)}, <Told text={village} />
              </span>
              <span class={daysLeft < 3 ? 'state warn' : 'small'}>
                {daysLeft < 1
                  ? t('ops.runs-out.today')
                  : t('ops.runs-out.days', { days: Math.min(999, Math.floor(daysLeft)) })}
              </span>
            </a>
          </li>
        ))}
      <More count={forecasts.length - most} />
    </ul>
  )
}

/** Villages where nothing has shown for days that the terminal serves. */
export const SilentVillages = ({ villages }: { readonly villages: readonly SilentVillage[] }) => {
  const { t } = useOps()
  if (villages.length === 0) return <p class="state good well">{t('ops.silent.none')}</p>
  return (
    <ul class="entries">
      {villages
        .toSorted((a, b) => b.days - a.days)
        .slice(0, most)
        .map(({ terminal, village, since, days }) => (
          <li key={terminal}>
            <a class="row" href={terminalPage(terminal)}>
              <Told text={village} class="grow" />
              <span class="small">
                {since === undefined
                  ? t('ops.morning.silent-ever')
                  : t('ops.silent.days', { days: Math.round(days) })}
              </span>
            </a>
          </li>
        ))}
      <More count={villages.length - most} />
    </ul>
  )
}

/** Where something is not as it was yesterday. */
export const ChangedOvernight = () => {
  const { t, rows } = useOps()
  const changed = rows.filter((row) => row.changed.length > 0)
  if (changed.length === 0) return <p class="small well">{t('ops.changed.none')}</p>
  return (
    <ul class="entries">
      {changed.slice(0, most).map((row) => (
        <li key={row.id}>
          <a class="row" href={terminalPage(row.id)}>
            <Told text={row.village} class="grow" />
            <span class="small">{row.changed.map((what) => t(`ops.changed.${what}`)).join(', ')}</span>
          </a>
        </li>
      ))}
      <More count={changed.length - most} />
    </ul>
  )
}
