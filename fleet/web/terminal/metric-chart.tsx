import { useState } from 'preact/hooks'
import { type MetricName, vitals } from '../../../protocol/vitals.ts'
import type { VitalsNow, VitalsSeries } from '../../api/health-schemas.ts'
import { ChartPicture } from './chart-picture.tsx'
import { useTerminal } from './context.ts'
import { useLoaded } from './loaded.ts'
import { valueText } from './metrics.ts'
import { momentText } from './moments.ts'
import { Scroller } from './scroller.tsx'
import { rowsOf, stepFor, summaryOf } from './series.ts'

interface Parts {
  readonly metric: MetricName
  readonly reading: VitalsNow[string] | undefined
  /** Grows with time, so that the newest points come in. */
  readonly minute: number
}

const Table = ({
  metric,
  points,
}: {
  readonly metric: MetricName
  readonly points: VitalsSeries['points']
}) => {
  const { t, language, now, range } = useTerminal()
  const say = (value: number): string => valueText(t, language, metric, value)
  return (
    <Scroller label={t(`metric.${metric}`)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('table.from')}</th>
            <th scope="col">{t('value.min')}</th>
            <th scope="col">{t('value.average')}</th>
            <th scope="col">{t('value.max')}</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(points, range).map((row) => (
            <tr key={row.from}>
              <td>{momentText(row.from, language, now)}</td>
              <td>{say(row.min)}</td>
              <td>{say(row.average)}</td>
              <td>{say(row.max)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  )
}

/** One metric over time: its value now, the picture, and the same as a table. */
export const MetricChart = ({ metric, reading, minute }: Parts) => {
  const { t, language, health, terminal, range, view } = useTerminal()
  const [open, setOpen] = useState(false)
  const [pointed, point] = useState<string | undefined>()
  const part = 'part' in view ? `${view.part.from}-${view.part.until}` : minute
  const series = useLoaded(
    () => health.series(terminal.id, metric, range, stepFor(range)),
    [terminal.id, metric, view.span, part],
  )
  const points = series.value?.points
  const summary = points && summaryOf(points)
  const say = (value: number): string => valueText(t, language, metric, value)
  const name = t(`metric.${metric}`)
  const label =
    summary === undefined
      ? t('chart.empty', { name })
      : t('chart.summary', {
          name,
          min: say(summary.min),
          average: say(summary.average),
          max: say(summary.max),
        })
  return (
    <figure>
      <figcaption>
        <span class="grow">
          {name}
          <span class="small unit">{t(`unit.${vitals[metric].unit}`)}</span>
        </span>
        {pointed === undefined ? (
          <strong>{reading !== undefined && say(reading.value)}</strong>
        ) : (
          <span class="small">{pointed}</span>
        )}
      </figcaption>
      {points === undefined ? (
        <p class="small blank">{series.problem ?? t('loading')}</p>
      ) : points.length === 0 ? (
        <p class="small blank">{t('chart.nothing')}</p>
      ) : (
        <ChartPicture metric={metric} points={points} label={label} point={point} />
      )}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="small">
          {t('chart.table')}
          <span class="unseen">: {name}</span>
        </summary>
        {open && points !== undefined && <Table metric={metric} points={points} />}
      </details>
    </figure>
  )
}
