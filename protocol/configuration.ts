import { type Static, type TProperties, Type } from 'typebox'
import { Duplex } from './capabilities/printer.ts'
import { ScanFormat, ScanMode } from './capabilities/scanner.ts'
import { ProfilesReference } from './firmware-profile.ts'
import { Languages } from './languages.ts'

/** The largest configuration, in bytes of its canonical text: the schema holds no larger one. */
export const maxConfigurationBytes = 32 * 1024

const closed = { additionalProperties: false } as const
const section = <P extends TProperties>(properties: P) => Type.Object(properties, closed)

/** A time of day, `24:00` being the end of it. */
const TimeOfDay = Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' })

/** The hours of one day as spans in their order; what lies between two spans is a break, none at all a day off. */
export const Hours = Type.Array(section({ from: TimeOfDay, to: TimeOfDay }), { maxItems: 6 })
export type Hours = Static<typeof Hours>

const week = {
  monday: Hours,
  tuesday: Hours,
  wednesday: Hours,
  thursday: Hours,
  friday: Hours,
  saturday: Hours,
  sunday: Hours,
}

/** The zones of Russia's regions (tz database). */
const timeZones = [
  'Europe/Kaliningrad',
  'Europe/Moscow',
  'Europe/Samara',
  'Asia/Yekaterinburg',
  'Asia/Omsk',
  'Asia/Krasnoyarsk',
  'Asia/Irkutsk',
  'Asia/Yakutsk',
  'Asia/Vladivostok',
  'Asia/Magadan',
  'Asia/Kamchatka',
] as const

const openingHours = {
  timeZone: Type.Enum([...timeZones]),
  week: section(week),
  /** Days that differ from their weekday, by their date (RFC 3339 full-date). */
  exceptions: Type.Record(
    Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' }),
    Hours,
    // A record says nothing of names that do not fit its pattern.
    { maxProperties: 100, ...closed },
  ),
}

/** `off` leaves pages as they lie, `straighten` turns them upright, `full` also crops and raises the contrast. */
export const CleanUp = Type.Enum(['off', 'straighten', 'full'])
export type CleanUp = Static<typeof CleanUp>

const scan = {
  dpi: Type.Integer({ minimum: 75, maximum: 600 }),
  mode: ScanMode,
  format: ScanFormat,
  clean: CleanUp,
}

const print = { duplex: Duplex, colour: Type.Boolean() }

const uplink = {
  uploadBytesPerSecond: Type.Integer({
    minimum: 0,
    maximum: 1_000_000_000,
    description: 'What files may take of the line; 0 is all of it',
  }),
  previewQuality: Type.Integer({ minimum: 20, maximum: 95, description: 'JPEG quality of live pictures' }),
  telemetrySeconds: Type.Integer({
    minimum: 10,
    maximum: 3600,
    description: 'Between two reports of vitals',
  }),
}

const link = {
  longestWaitSeconds: Type.Integer({
    minimum: 5,
    maximum: 300,
    description: 'Between two tries to reach the fleet; never more than the terminal was set up with',
  }),
}

/** Capabilities, and what else can be switched off. The terminal's own commands stay: they are the way back. */
const features = {
  scanner: Type.Boolean(),
  printer: Type.Boolean(),
  copier: Type.Boolean(),
  camera: Type.Boolean(),
  face: Type.Boolean({ description: 'Without effect: there is no such capability yet' }),
  call: Type.Boolean({ description: 'Without effect: there is no such capability yet' }),
  screen: Type.Boolean(),
  livePictures: Type.Boolean({ description: 'Pictures of a scan while it runs' }),
}

const LogLevel = Type.Enum(['debug', 'info', 'warn', 'error'])

/** The whole configuration of one terminal. */
export const Configuration = section({
  openingHours: section(openingHours),
  /** The languages of the terminal's screens: its technician's page begins with the first one and offers these first. */
  languages: Languages,
  /** What a scan is that does not say it. */
  scan: section(scan),
  /** What a print is that does not say it. */
  print: section(print),
  uplink: section(uplink),
  link: section(link),
  logLevel: LogLevel,
  features: section(features),
  /** Without it the terminal uses the profiles that came with its agent. */
  profiles: Type.Optional(ProfilesReference),
})
export type Configuration = Static<typeof Configuration>

const partial = <P extends TProperties>(properties: P) => Type.Partial(Type.Object(properties), closed)

/** A part of a configuration that is laid over another: what it names replaces, what it leaves out stays. */
export const ConfigurationLayer = partial({
  openingHours: partial({ ...openingHours, week: partial(week) }),
  languages: Languages,
  scan: partial(scan),
  print: partial(print),
  uplink: partial(uplink),
  link: partial(link),
  logLevel: LogLevel,
  features: partial(features),
  profiles: ProfilesReference,
})
export type ConfigurationLayer = Static<typeof ConfigurationLayer>

const shopDay: Hours = [{ from: '08:00', to: '17:00' }]

/** What holds where no layer says otherwise. */
export const defaultConfiguration: Configuration = {
  openingHours: {
    timeZone: 'Europe/Moscow',
    week: {
      monday: shopDay,
      tuesday: shopDay,
      wednesday: shopDay,
      thursday: shopDay,
      friday: shopDay,
      saturday: [],
      sunday: [],
    },
    exceptions: {},
  },
  languages: ['ru', 'tt', 'en'],
  scan: { dpi: 300, mode: 'colour', format: 'pdf', clean: 'straighten' },
  print: { duplex: 'none', colour: true },
  uplink: { uploadBytesPerSecond: 0, previewQuality: 60, telemetrySeconds: 60 },
  link: { longestWaitSeconds: 30 },
  logLevel: 'info',
  features: {
    scanner: true,
    printer: true,
    copier: true,
    camera: true,
    face: true,
    call: true,
    screen: true,
    livePictures: true,
  },
}
