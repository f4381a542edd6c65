import { isMetricName, type MetricName, vitals } from '../../../protocol/vitals.ts'
import { type Language, locales } from '../i18n/texts.ts'
import type { TerminalTextKey, TerminalTranslate } from './texts.ts'

/** The metrics as the page groups them. */
export const groups = {
  machine: [
    'cpu',
    'memory',
    'temperature',
    'disk',
    'disk_free',
    'disk_wear',
    'uptime',
    'ups_battery',
    'ups_on_mains',
  ],
  network: [
    'network_rtt',
    'network_loss',
    'network_received',
    'network_sent',
    'network_signal',
    'clock_offset',
  ],
  printer: ['printer_supply', 'printer_paper', 'printer_pages', 'printer', 'scanner'],
  agent: ['agent_memory', 'agent_delay', 'outbox', 'kiosk', 'camera', 'certificate'],
} as const satisfies Readonly<Record<string, readonly MetricName[]>>

export type Group = keyof typeof groups
export const groupNames = Object.keys(groups) as readonly Group[]

interface Scale {
  readonly factor: number
  readonly text: TerminalTextKey
}

const byteScales: readonly Scale[] = [
  { factor: 1024 ** 3, text: 'size.gigabytes' },
  { factor: 1024 ** 2, text: 'size.megabytes' },
  { factor: 1024, text: 'size.kilobytes' },
  { factor: 1, text: 'size.bytes' },
]

const timeScales: readonly Scale[] = [
  { factor: 86_400, text: 'time.days' },
  { factor: 3600, text: 'time.hours' },
  { factor: 60, text: 'time.minutes' },
  { factor: 1, text: 'time.seconds' },
  { factor: 0.001, text: 'time.milliseconds' },
]

const scaleOf = (scales: readonly Scale[], size: number): Scale =>
  scales.find(({ factor }) => Math.abs(size) >= factor) ?? (scales.at(-1) as Scale)

/** Writes values of one metric; `like` is the greatest of those that stand together, which share its unit. */
export const valueText = (
  t: TerminalTranslate,
  language: Language,
  metric: MetricName,
  value: number,
  like = value,
): string => {
  const number = (one: number, digits = Math.abs(one) < 10 ? 1 : 0): string =>
    new Intl.NumberFormat(locales[language], { maximumFractionDigits: digits }).format(one)
  const scaled = (scales: readonly Scale[]): string => {
    const { factor, text } = scaleOf(scales, like)
    return t(text, { value: number(value / factor) })
  }
  switch (vitals[metric].unit) {
    case 'ratio':
      return t('share', { value: number(value * 100) })
    case 'bytes':
      return scaled(byteScales)
    case 'bytes-per-second':
      return t('size.per-second', { size: scaled(byteScales) })
    case 'seconds':
      return scaled(timeScales)
    case 'celsius':
      return t('degrees', { value: number(value, 0) })
    case 'dbm':
      return t('dbm', { value: number(value, 0) })
    case 'pages':
      return t('sheets', { value: number(value, 0) })
    case 'count':
      return number(value, 0)
    case 'state':
      if (metric === 'ups_on_mains') return t(value >= 0.5 ? 'mains.on' : 'mains.off')
      return t(value >= 0.5 ? 'works.yes' : 'works.no')
  }
}

/** The metrics of a group that a terminal measures, in the page's order. */
export const measured = (group: Group, now: Readonly<Record<string, unknown>>): readonly MetricName[] =>
  groups[group].filter((metric) => isMetricName(metric) && Object.hasOwn(now, metric))

/** Where the scale of values begins and ends, whatever was measured; `undefined` leaves it to the values. */
export const boundsOf = (metric: MetricName): readonly [number, number] | undefined => {
  const { unit } = vitals[metric]
  return unit === 'ratio' || unit === 'state' ? [0, 1] : undefined
}
