import { useState } from 'preact/hooks'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { MetricChart } from './metric-chart.tsx'
import { type Group, groupNames, groups, measured } from './metrics.ts'

const freshMs = 60_000

/** What the terminal measures of itself, over the time that the timeline shows. */
export const Charts = () => {
  const { t, health, terminal, now, changes } = useTerminal()
  const [group, choose] = useState<Group>('machine')
  const minute = Math.floor(now / freshMs)
  const vitals = useLoaded(() => health.vitals(terminal.id), [terminal.id, minute, changes])
  const values = vitals.value ?? {}
  const metrics = measured(group, values)
  const missing = groups[group].filter((metric) => !Object.hasOwn(values, metric))
  return (
    <section class="card panel charts" aria-labelledby="charts-title">
      <div class="row wraps">
        <h2 id="charts-title" class="grow">
          {t('charts')}
        </h2>
        <fieldset class="segments">
          <legend class="unseen">{t('charts.group')}</legend>
          {groupNames.map((name) => (
            <button key={name} type="button" aria-pressed={group === name} onClick={() => choose(name)}>
              {t(`group.${name}`)}
            </button>
          ))}
        </fieldset>
      </div>
      {vitals.value === undefined ? (
        <p class="small">{vitals.problem ?? t('loading')}</p>
      ) : (
        <>
          {metrics.length === 0 && <p>{t('charts.none')}</p>}
          <div class="grid">
            {metrics.map((metric) => (
              <MetricChart key={metric} metric={metric} reading={values[metric]} minute={minute} />
            ))}
          </div>
          {metrics.length > 0 && missing.length > 0 && (
            <p class="small">
              {t('charts.missing', { list: missing.map((metric) => t(`metric.${metric}`)).join(', ') })}
            </p>
          )}
        </>
      )}
    </section>
  )
}
