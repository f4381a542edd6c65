import { InvalidArgumentError, Option, type Command as Program } from 'commander'
import type {
  MaintenanceWindow,
  MaintenanceWish,
  PresenceInterval,
  Village,
} from '../../api/health-schemas.ts'
import type { Terminal } from '../../api/schemas.ts'
import { type DowntimeReason, downtimeReasons } from '../../terminals/history.ts'
import { healthApi } from '../../web/health-api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { presenceApi } from '../../web/presence-api.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

/** The text of each reason of a downtime. */
export const reasons = {
  power: 'downtime.power',
  link: 'downtime.link',
  agent: 'downtime.agent',
  planned: 'downtime.planned',
  application: 'downtime.application',
  regional: 'downtime.regional',
  unknown: 'downtime.unknown',
} as const satisfies Readonly<Record<DowntimeReason, string>>

const abouts = {
  terminal: 'maintenance.terminal',
  village: 'maintenance.village',
  district: 'maintenance.district',
  fleet: 'maintenance.fleet',
} as const

const dayMs = 86_400_000

/** A date and time (RFC 3339), in milliseconds. */
export const moment = (text: string): number => {
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new InvalidArgumentError('A date and time is needed, as 2026-11-22T08:00+03:00.')
  return at
}

const degrees = (text: string): number => {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new InvalidArgumentError('Degrees are needed, as 55.79.')
  return value
}

interface Announcement {
  readonly terminal?: string
  readonly village?: string
  readonly district?: string
  readonly fleet?: true
  readonly from?: number
  readonly until: number
  readonly note: string
}

const wishOf = (options: Announcement): MaintenanceWish => {
  const { from = Date.now(), until, note } = options
  for (const about of ['terminal', 'village', 'district'] as const) {
    const name = options[about]
    if (name !== undefined) return { about, name, from, until, note }
  }
  return { about: 'fleet', name: '', from, until, note }
}

/** `avyl presence|downtime|maintenance|village|events`, and `avyl terminal retire|reinstate` */
export const addPresence = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const time = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'medium' }).format(at)
  const intervalLine = ({ t }: Shell, interval: PresenceInterval): string =>
    [
      interval.id,
      time(interval.from),
      interval.until === undefined ? '…' : time(interval.until),
      t(`terminal.state.${interval.state}`),
      interval.reason === undefined ? '' : t(reasons[interval.reason]),
      interval.note ?? '',
    ]
      .join('\t')
      .trimEnd()
  const windowLine = ({ t }: Shell, { id, about, name, from, until, note }: MaintenanceWindow): string =>
    [id, time(from), time(until), t(abouts[about]), name, note].join('\t').trimEnd()
  const villageLine = ({ name, district, latitude, longitude }: Village): string =>
    [name, district, ...(latitude === undefined ? [] : [`${latitude}, ${longitude}`])].join('\t')

  program
    .command('presence')
    .description('Tell what a terminal was over time, and why it was away.')
    .argument('<terminal>', 'id of a terminal')
    .addOption(new Option('--from <time>', 'a day before the end unless told').argParser(moment))
    .addOption(new Option('--to <time>', 'now unless told').argParser(moment))
    .action(async (id: string, { from, to }: { from?: number; to?: number }) => {
      const open = await shell()
      const until = to ?? Date.now() + 1
      const all = await healthApi(open.api).presence(id, { from: from ?? until - dayMs, until })
      open.answer(all, all.map((one) => intervalLine(open, one)).join('\n') || open.t('presence.none'))
    })

  program
    .command('events')
    .description('Tell the newest things that happened on a terminal, the newest first.')
    .argument('<terminal>', 'id of a terminal')
    .addOption(new Option('--limit <n>', 'how many, 1 to 500').default(50).argParser(whole(1, 500)))
    .action(async (id: string, { limit }: { limit: number }) => {
      const open = await shell()
      const all = await healthApi(open.api).events(id, limit)
      const words = all.map(({ at, type, data }) => `${time(at)}\t${type}\t${JSON.stringify(data)}`)
      open.answer(all, words.join('\n') || open.t('events.none'))
    })

  program
    .command('downtime')
    .description('Look after what is known of downtimes.')
    .command('edit')
    .description('Say why a terminal was away. No inference overwrites it.')
    .argument('<id>', 'id of an interval, as `avyl presence` tells it')
    .addOption(new Option('--reason <reason>', 'why').choices(downtimeReasons))
    .option('--note <text>', 'for those who read it later')
    .action(async (id: string, { reason, note }: { reason?: DowntimeReason; note?: string }) => {
      const open = await shell()
      const edit = { ...(reason !== undefined && { reason }), ...(note !== undefined && { note }) }
      const edited = await healthApi(open.api).editDowntime(id, edit)
      open.answer(edited, intervalLine(open, edited))
    })

  const maintenance = program
    .command('maintenance')
    .summary('announce that terminals will be away')
    .description('Announced absence wakes nobody and counts as no downtime.')
  maintenance
    .command('list')
    .description('List the windows from a day ago to a month ahead.')
    .action(async () => {
      const open = await shell()
      const all = await healthApi(open.api).maintenance()
      open.answer(all, all.map((one) => windowLine(open, one)).join('\n') || open.t('maintenance.none'))
    })
  maintenance
    .command('announce')
    .description('Announce an absence of a terminal, a village, a district or all.')
    .addOption(
      new Option('--terminal <id>', 'about one terminal').conflicts(['village', 'district', 'fleet']),
    )
    .addOption(new Option('--village <name>', 'about a village').conflicts(['district', 'fleet']))
    .addOption(new Option('--district <name>', 'about a district').conflicts(['fleet']))
    .option('--fleet', 'about all')
    .addOption(new Option('--from <time>', 'now unless told').argParser(moment))
    .addOption(
      new Option('--until <time>', 'date and time (RFC 3339)').argParser(moment).makeOptionMandatory(),
    )
    .option('--note <text>', 'what is done', '')
    .action(async (options: Announcement, command: Program) => {
      const { terminal, village, district, fleet } = options
      if ([terminal, village, district, fleet].every((one) => one === undefined))
        command.error('Say what it is about: --terminal, --village, --district or --fleet.')
      const open = await shell()
      const window = await healthApi(open.api).planMaintenance(wishOf(options))
      open.answer(window, windowLine(open, window))
    })
  maintenance
    .command('end')
    .description('End a window: now when it has begun, as if never announced when it has not.')
    .argument('<id>', 'id of a window')
    .action(async (id: string) => {
      const open = await shell()
      await healthApi(open.api).endMaintenance(id)
      open.answer({ id, ended: true }, open.t('maintenance.ended', { id }))
    })

  const village = program
    .command('village')
    .summary('say where villages are')
    .description('Where villages are.')
  village
    .command('list')
    .description('List the villages with district and place.')
    .action(async () => {
      const open = await shell()
      const all = await healthApi(open.api).villages()
      open.answer(all, all.map(villageLine).join('\n'))
    })
  village
    .command('put')
    .description('Say where a village is.')
    .argument('<name>', 'the name with which terminals are registered')
    .requiredOption('--district <name>', 'its district')
    .addOption(new Option('--latitude <degrees>', 'WGS 84').argParser(degrees))
    .addOption(new Option('--longitude <degrees>', 'WGS 84').argParser(degrees))
    .action(async (name: string, where: Omit<Village, 'name'>) => {
      const open = await shell()
      const told = await presenceApi(open.api).putVillage({ name, ...where })
      open.answer(told, villageLine(told))
    })

  const terminal = program.commands.find((command) => command.name() === 'terminal') ?? program
  const add = (name: 'retire' | 'reinstate', description: string): void => {
    terminal
      .command(name)
      .description(description)
      .argument('<terminal>', 'id of a terminal')
      .action(async (id: string) => {
        const open = await shell()
        const told: Terminal = await presenceApi(open.api)[name](id)
        open.answer(told, `${told.id}\t${open.t(`terminal.state.${told.state}`)}`)
      })
  }
  add('retire', 'Take it out of service for good: nobody waits for it any more.')
  add('reinstate', 'Take it back into service.')
}
