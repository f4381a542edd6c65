import { resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
const Host = Type.String({ minLength: 1, maxLength: 255 })

const Config = Type.Object({
  host: Host,
  httpHost: Type.Optional(Host),
  httpPort: Port,
  mqttPort: Port,
  dataFolder: Type.String({ minLength: 1 }),
  synchronous: Type.Enum(['normal', 'full']),
  store: Type.Optional(Type.String({ pattern: '^(sqlite|postgres(ql)?://[^ ]+)$', maxLength: 1000 })),
  storePasswordFile: Type.Optional(Type.String({ minLength: 1 })),
  behindProxy: Type.Boolean(),
  doorNames: Type.Optional(Type.String({ pattern: '^[a-z0-9.:-]+(, ?[a-z0-9.:-]+)*$', maxLength: 1000 })),
  publicUrl: Type.Optional(Type.String({ pattern: '^https?://[a-z0-9.-]+(:[0-9]+)?$' })),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
})

/**
 * How a fleet is set up. Ports of 0 pick free ones. `host` is the address of this machine on which it listens, `httpHost`
 * the one for people and programs, the same unless told: behind a proxy they need no more than loopback, while terminals
 * come from far away. With `synchronous: 'normal'` a killed process loses nothing, a power cut may lose the last moments;
 * `'full'` flushes each write, at the price of the disk's flush for each. `publicUrl` is where browsers find the fleet
 * (`https://fleet.example.org`): passkeys are bound to it, cookies keep to its TLS. `doorNames` are the DNS names and
 * addresses of the terminals' door, for its certificate; terminals are told the first one, without any where it listens.
 * `store` is `sqlite`, files in the data folder, or the address of a PostgreSQL server,
 * `postgres://fleet@db.example.org/avyl`, whose password comes from `storePasswordFile`, PGPASSFILE or the address.
 */
export interface FleetConfig extends Readonly<Static<typeof Config>> {
  /** The folder of the built pages; none are served without it. */
  readonly pages?: string
  /** Where a bundle has what else is found beside its source. */
  readonly parts?: BundledParts
}

/** What of a bundle the fleet starts or reads as files of their own. */
export interface BundledParts {
  /** The thread of the vitals. */
  readonly telemetryThread: URL
  /** The child that decodes pictures. */
  readonly pageWorker: URL
  /** The folder of the firmware profiles. */
  readonly profiles: string
}

/** The name of each setting in the environment. */
export const settingNames = {
  host: 'AVYL_HOST',
  httpHost: 'AVYL_HTTP_HOST',
  httpPort: 'AVYL_HTTP_PORT',
  mqttPort: 'AVYL_MQTT_PORT',
  dataFolder: 'AVYL_DATA_DIR',
  synchronous: 'AVYL_STORE_SYNCHRONOUS',
  store: 'AVYL_STORE',
  storePasswordFile: 'AVYL_STORE_PASSWORD_FILE',
  behindProxy: 'AVYL_BEHIND_PROXY',
  doorNames: 'AVYL_DOOR_NAMES',
  publicUrl: 'AVYL_PUBLIC_URL',
  logLevel: 'AVYL_LOG_LEVEL',
} as const satisfies Record<keyof Static<typeof Config>, string>

const defaults: Static<typeof Config> = {
  host: '127.0.0.1',
  httpPort: 8080,
  mqttPort: 8883,
  dataFolder: '.avyl',
  synchronous: 'normal',
  behindProxy: false,
  logLevel: 'info',
}

/** Reads the settings from the environment; throws an error that names the setting that does not fit. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): FleetConfig => {
  const given: Record<string, unknown> = { ...defaults }
  for (const [key, name] of Object.entries(settingNames)) {
    const text = environment[name]
    if (text !== undefined && text !== '')
      given[key] = Value.Convert(Config.properties[key as keyof typeof settingNames], text)
  }
  const [error] = Value.Errors(Config, given)
  if (error || !Value.Check(Config, given)) {
    const key = error?.instancePath.slice(1) as keyof typeof settingNames
    throw new Error(`${settingNames[key] ?? 'A setting'} ${error?.message ?? 'does not fit'}`)
  }
  return Object.freeze({ ...given, dataFolder: resolve(given.dataFolder) })
}
