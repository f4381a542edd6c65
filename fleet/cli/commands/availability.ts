import { Option, type Command as Program } from 'commander'
import type {
  Availability,
  AvailabilityRow,
  Downtime,
  Forecast,
  Morning,
  SilentVillage,
} from '../../api/health-schemas.ts'
import { type AvailabilityQuery, availabilityApi, type DowntimesQuery } from '../../web/availability-api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import type { Shell } from '../shell.ts'
import { moment, reasons } from './presence.ts'

const stocks = {
  paper: 'forecast.paper',
  toner: 'forecast.toner',
  disk: 'forecast.disk',
  certificate: 'forecast.certificate',
} as const

/** How figures and times are written in a language. */
const writing = (language: Language) => {
  const locale = locales[language]
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 })
  const hours = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const clock = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
  return {
    share: (value: number | undefined) => (value === undefined ? '–' : percent.format(value)),
    hours: (seconds: number) => hours.format(seconds / 3600),
    number: (value: number) => hours.format(value),
    time: (at: number | undefined) => (at === undefined ? '…' : clock.format(at)),
  }
}

type Writing = ReturnType<typeof writing>

const tab = (...cells: readonly (string | undefined)[]): string =>
  cells
    .map((cell) => cell ?? '')
    .join('\t')
    .trimEnd()

const rowLine = (w: Writing, row: AvailabilityRow): string =>
  tab(
    ...[row.key, row.village, row.capability, row.period],
    ...[w.share(row.share), `${w.hours(row.upSeconds)} / ${w.hours(row.openSeconds)}`],
  )

const downtimeLine = ({ t }: Shell, w: Writing, one: Downtime): string =>
  tab(
    ...[one.id, one.terminal, one.village, one.capability, w.time(one.from), w.time(one.until)],
    ...[w.hours(one.openSeconds), t(reasons[one.reason]), one.note],
  )

const forecastLine = (
  { t }: Shell,
  w: Writing,
  { terminal, village, what, left, daysLeft }: Forecast,
): string =>
  tab(
    ...[terminal, village, t(stocks[what]), left === undefined ? '' : w.share(left)],
    t('forecast.days', { days: w.number(daysLeft) }),
  )

const silenceLine = ({ t }: Shell, w: Writing, { terminal, village, days }: SilentVillage): string =>
  tab(terminal, village, t('silence.days', { days: w.number(days) }))

const meansLines = (
  { t }: Shell,
  w: Writing,
  means: Omit<Availability, 'from' | 'until' | 'rows'>,
): string[] => {
  const { detectSeconds, repairSeconds, remoteFixShare } = means
  return [
    ...(detectSeconds === undefined ? [] : [t('availability.detect', { seconds: w.number(detectSeconds) })]),
    ...(repairSeconds === undefined ? [] : [t('availability.repair', { hours: w.hours(repairSeconds) })]),
    ...(remoteFixShare === undefined ? [] : [t('availability.remote', { share: w.share(remoteFixShare) })]),
  ]
}

const morningWords = (open: Shell, w: Writing, { terminals, fleet, forecasts, silent }: Morning): string => {
  const { t } = open
  const lines = terminals.map(({ terminal, village, state, reason, shares, detail }) =>
    tab(
      ...[terminal, village, t(`terminal.state.${state}`), reason === undefined ? '' : t(reasons[reason])],
      ...[w.share(shares.all), detail],
    ),
  )
  const part = (title: string, rows: readonly string[]) => (rows.length === 0 ? [] : ['', title, ...rows])
  return [
    t('morning.yesterday', { all: w.share(fleet.all), presence: w.share(fleet.presence) }),
    ...meansLines(open, w, fleet),
    ...part(t('morning.terminals'), lines),
    ...part(
      t('morning.forecasts'),
      forecasts.map((one) => forecastLine(open, w, one)),
    ),
    ...part(
      t('morning.silent'),
      silent.map((one) => silenceLine(open, w, one)),
    ),
  ].join('\n')
}

const ranged = (command: Program): Program =>
  command
    .addOption(new Option('--from <time>', '30 days before the end unless told').argParser(moment))
    .addOption(new Option('--to <time>', 'now unless told').argParser(moment))
    .option('--csv', 'a table (RFC 4180)')

/** `avyl availability|downtimes|forecasts|silent-villages|morning` */
export const addAvailability = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const w = writing(language)
  const begin = async () => {
    const open = await shell()
    return { open, api: availabilityApi(open.api) }
  }

  ranged(program.command('availability'))
    .description('Tell how much of its shop hours each terminal, district or the fleet was there.')
    .addOption(
      new Option('--by <what>', 'of what').choices(['terminal', 'district', 'fleet']).default('terminal'),
    )
    .addOption(new Option('--per <period>', 'for each').choices(['day', 'week', 'month']))
    .option('--capability <name>', 'of one capability, of presence, or of all at once')
    .action(async ({ csv, ...query }: AvailabilityQuery & { csv?: true }) => {
      const { open, api } = await begin()
      if (csv) return void open.output.write(await api.availabilityTable(query))
      const found = await api.availability(query)
      const lines = [...found.rows.map((row) => rowLine(w, row)), ...meansLines(open, w, found)]
      open.answer(found, lines.join('\n') || open.t('availability.none'))
    })

  ranged(program.command('downtimes'))
    .description('List when terminals and capabilities were down, and why.')
    .option('--terminal <id>', 'of one terminal')
    .option('--district <name>', 'of one district')
    .action(async ({ csv, ...query }: DowntimesQuery & { csv?: true }) => {
      const { open, api } = await begin()
      if (csv) return void open.output.write(await api.downtimesTable(query))
      const found = await api.downtimes(query)
      open.answer(
        found,
        found.map((one) => downtimeLine(open, w, one)).join('\n') || open.t('downtimes.none'),
      )
    })

  program
    .command('forecasts')
    .description('Tell what will run out: paper, toner, disk, certificates.')
    .action(async () => {
      const { open, api } = await begin()
      const found = await api.forecasts()
      open.answer(found, found.map((one) => forecastLine(open, w, one)).join('\n') || open.t('forecast.none'))
    })

  program
    .command('silent-villages')
    .description('List the villages in which nothing has shown that the terminal serves.')
    .option('--days <n>', 'for so many days, 3 unless told', Number)
    .action(async ({ days }: { days?: number }) => {
      const { open, api } = await begin()
      const found = await api.silentVillages(days)
      open.answer(found, found.map((one) => silenceLine(open, w, one)).join('\n') || open.t('silence.none'))
    })

  program
    .command('morning')
    .description('Tell what the fleet looks like this morning, the worst first.')
    .action(async () => {
      const { open, api } = await begin()
      const found = await api.morning()
      open.answer(found, morningWords(open, w, found))
    })
}
