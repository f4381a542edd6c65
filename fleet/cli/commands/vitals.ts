import { Argument, InvalidArgumentError, Option, type Command as Program } from 'commander'
import { type MetricName, metricNames, vitals } from '../../../protocol/vitals.ts'
import type { VitalsNow, VitalsSeries } from '../../api/health-schemas.ts'
import { healthApi } from '../../web/health-api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import type { Shell } from '../shell.ts'
import { moment } from './presence.ts'

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A length of time, as `30s`, `5m`, `2h` or `1d`, in milliseconds. */
const length = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError('A length of time is needed, as 30s, 5m, 2h or 1d.')
  return Number(count) * unitsMs[unit as keyof typeof unitsMs]
}

interface Past {
  readonly from?: number
  readonly to?: number
  readonly step: number
}

/** `avyl vitals <terminal> [metric]` */
export const addVitals = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const { format: timeOf } = new Intl.DateTimeFormat(locales[language], {
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const { format: numberOf } = new Intl.NumberFormat(locales[language], { maximumSignificantDigits: 4 })

  const newest = (readings: VitalsNow): string =>
    Object.entries(readings)
      .map(([metric, { value, at }]) =>
        [metric, numberOf(value), vitals[metric as MetricName]?.unit ?? '', timeOf(at)].join('\t'),
      )
      .join('\n')

  const past = ({ points }: VitalsSeries): string =>
    points
      .map(({ at, min, average, max }) =>
        [timeOf(at), numberOf(average), `${numberOf(min)} – ${numberOf(max)}`].join('\t'),
      )
      .join('\n')

  program
    .command('vitals')
    .summary('tell how a terminal and its devices are')
    .description(
      'Tell the newest vitals of a terminal, or the past of one: average, least and greatest of each step.',
    )
    .argument('<terminal>', 'id of a terminal')
    .addArgument(new Argument('[metric]', 'whose past').choices([...metricNames]))
    .addOption(
      new Option('--from <time>', 'the past from then on; a day before the end without it').argParser(moment),
    )
    .addOption(new Option('--to <time>', 'until then; now without it').argParser(moment))
    .addOption(
      new Option('--step <length>', 'the least length of a step')
        .argParser(length)
        .default(0, 'the finest there is'),
    )
    .action(
      async (terminal: string, metric: MetricName | undefined, { from, to = Date.now(), step }: Past) => {
        const open = await shell()
        const api = healthApi(open.api)
        if (metric === undefined) {
          const readings = await api.vitals(terminal)
          return open.answer(readings, newest(readings))
        }
        const series = await api.series(terminal, metric, { from: from ?? to - unitsMs.d, until: to }, step)
        open.answer(series, past(series))
      },
    )
}
