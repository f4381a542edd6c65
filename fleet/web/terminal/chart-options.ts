import uPlot from 'uplot'
import { type MetricName, vitals } from '../../../protocol/vitals.ts'
import { clockText } from '../clock-text.ts'
import type { TimeRange } from '../health-api.ts'
import type { Language } from '../i18n/texts.ts'
import { boundsOf, valueText } from './metrics.ts'
import { dateText, momentText } from './moments.ts'
import { placeOf, type Span, ticksOf, type View } from './range.ts'
import type { TerminalTranslate } from './texts.ts'

/** What a chart is drawn with at the moment. */
export interface Drawing {
  readonly range: TimeRange
  readonly span: Span
  readonly t: TerminalTranslate
  readonly language: Language
  readonly point: (text: string | undefined) => void
  readonly look: (view: View) => void
}

const powersOfTwo = Array.from({ length: 50 }, (_, index) => 2 ** index)
const roundTimes = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200,
  21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 2_592_000, 8_640_000, 31_536_000,
]

/** Between two marks of an axis: what people count in. */
const stepsOf = (metric: MetricName): Pick<uPlot.Axis, 'incrs'> => {
  const { unit } = vitals[metric]
  if (unit === 'bytes' || unit === 'bytes-per-second') return { incrs: powersOfTwo }
  if (unit === 'seconds') return { incrs: roundTimes }
  if (unit === 'state') return { incrs: [1] }
  return {}
}

/** Room above and below the values, never below zero for what is never less. */
const roomy = (metric: MetricName, least: number | null, greatest: number | null): [number, number] => {
  const bounds = boundsOf(metric)
  if (bounds !== undefined) return [bounds[0], Math.max(bounds[1], greatest ?? 0)]
  if (least === null || greatest === null) return [0, 1]
  const room = (greatest - least) * 0.15 || Math.abs(greatest) * 0.1 || 1
  return [least >= 0 ? Math.max(0, least - room) : least - room, greatest + room]
}

/** A selection narrower than this many pixels was a click. */
const leastSelection = 8

/** How a metric is drawn: colours and letters of the page's style, its words by `now`. */
export const chartOptions = (
  metric: MetricName,
  now: () => Drawing,
  style: CSSStyleDeclaration,
): Omit<uPlot.Options, 'width' | 'height'> => {
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const [line, edge, ink] = [colour('--accent'), colour('--edge'), colour('--ink-2')]
  const axis = { stroke: ink, font: `12px ${style.fontFamily}`, ticks: { show: false } }
  const grid = { stroke: edge, width: 1 }
  const stepped = vitals[metric].unit === 'state' ? uPlot.paths.stepped?.({ align: 1 }) : undefined
  const paths = stepped === undefined ? {} : { paths: stepped }
  const bound: uPlot.Series = { stroke: 'transparent', points: { show: false } }

  const pointed = (chart: uPlot): void => {
    const { t, language, point, range } = now()
    const index = chart.cursor.idx
    const at = index == null ? undefined : chart.data[0][index]
    const [min, average, max] = [1, 2, 3].map((column) => chart.data[column]?.[index ?? -1])
    if (at === undefined || average == null || min == null || max == null) {
      point(undefined)
      return
    }
    const say = (value: number): string => valueText(t, language, metric, value)
    const when = momentText(at, language, range.until)
    point(
      min === max
        ? t('chart.point', { time: when, value: say(average) })
        : t('chart.point.band', { time: when, value: say(average), min: say(min), max: say(max) }),
    )
  }
  const selected = (chart: uPlot): void => {
    const { left, width } = chart.select
    if (width < leastSelection) return
    const from = Math.round(chart.posToVal(left, 'x'))
    const until = Math.round(chart.posToVal(left + width, 'x'))
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    const { look, span } = now()
    if (until - from >= 60_000) look({ span, part: { from, until } })
  }

  return {
    ms: 1,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: 'terminal', scales: ['x', null] },
      drag: { x: true, y: false, setScale: false },
    },
    scales: {
      x: { time: false, range: () => [now().range.from, now().range.until] },
      y: { range: (_, least, greatest) => roomy(metric, least, greatest) },
    },
    axes: [
      {
        ...axis,
        grid,
        size: 28,
        gap: 6,
        splits: (chart) =>
          ticksOf(now().range, Math.max(2, Math.floor(chart.width / 90))).map(({ at }) => at),
        values: (_, splits) =>
          splits.map((at) => {
            const { language, range } = now()
            // At the edge there is no room for its words.
            if (placeOf(range, at) > 0.94) return ''
            return new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0
              ? dateText(at, language)
              : clockText(at, language)
          }),
      },
      {
        ...axis,
        ...stepsOf(metric),
        grid,
        size: 72,
        gap: 4,
        space: 26,
        values: (_, splits) => {
          const { t, language } = now()
          const like = Math.max(...splits.map(Math.abs))
          return splits.map((value) => valueText(t, language, metric, value, like))
        },
      },
    ],
    series: [
      {},
      { ...bound, ...paths },
      { stroke: line, width: 1.5, points: { size: 4, stroke: line, fill: line }, ...paths },
      { ...bound, ...paths },
    ],
    bands: [{ series: [3, 1], fill: `color-mix(in srgb, ${line} 22%, transparent)` }],
    hooks: { setCursor: [pointed], setSelect: [selected] },
  }
}
