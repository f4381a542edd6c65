import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { MetricName } from '../../../protocol/vitals.ts'
import type { VitalsSeries } from '../../api/health-schemas.ts'
import { chartOptions } from './chart-options.ts'
import { useTerminal } from './context.ts'
import { columnsOf } from './series.ts'

interface Parts {
  readonly metric: MetricName
  readonly points: VitalsSeries['points']
  /** What the picture shows, in words. */
  readonly label: string
  /** Told what lies under the pointer, in words. */
  readonly point: (text: string | undefined) => void
}

const dark = matchMedia('(prefers-color-scheme: dark)')

/** Grows when the computer turns to light or dark. */
const useScheme = (): boolean => {
  const [isDark, setDark] = useState(dark.matches)
  useEffect(() => {
    const follow = (): void => setDark(dark.matches)
    dark.addEventListener('change', follow)
    return () => dark.removeEventListener('change', follow)
  }, [])
  return isDark
}

/** The width of an element, followed. */
const useWidth = (element: { readonly current: HTMLElement | null }): number => {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const { current } = element
    if (current === null) return
    const watch = new ResizeObserver(() => setWidth(Math.floor(current.clientWidth)))
    watch.observe(current)
    return () => watch.disconnect()
  }, [])
  return width
}

/** One metric as a line in a band from its least to its greatest values; what was not measured stays empty. */
export const ChartPicture = ({ metric, points, label, point }: Parts) => {
  const { t, language, range, view, look } = useTerminal()
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)
  const scheme = useScheme()
  const width = useWidth(place)
  // What is drawn with, whatever it is by the time of a drawing.
  const now = useRef({ range, t, language, point, look, span: view.span })
  now.current = { range, t, language, point, look, span: view.span }
  const drawable = width > 0

  useEffect(() => {
    if (place.current === null || !drawable) return
    const options = chartOptions(metric, () => now.current, getComputedStyle(place.current))
    const drawn = new uPlot({ ...options, width, height: 132 }, columnsOf(points), place.current)
    chart.current = drawn
    return () => {
      chart.current = undefined
      drawn.destroy()
    }
  }, [metric, scheme, language, drawable])
  useEffect(() => {
    if (drawable) chart.current?.setSize({ width, height: 132 })
  }, [width])
  useEffect(() => {
    chart.current?.setData(columnsOf(points))
  }, [points, range.from, range.until])

  return <div ref={place} class="chart" role="img" aria-label={label} />
}
