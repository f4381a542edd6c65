import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { claimCodePattern, HardwareSerial } from '../protocol/enrolment.ts'
import { deviceIdPattern } from '../protocol/topics.ts'
import { SetupSettings, setupSettings } from './setup/settings.ts'

const Text = Type.String({ minLength: 1, maxLength: 300 })
const Path = Type.String({ minLength: 1, maxLength: 4096 })

/** In millimetres. */
const Length = Type.Number({ minimum: 1, maximum: 500 })

/**
 * How the scanner is reached: `auto` leaves it to the model's profile, `device` is a SANE device name (else its first
 * one), `url` an eSCL address; `maxArea` is its glass, where it claims more than it has.
 */
const ScannerConfig = Type.Object(
  {
    driver: Type.Enum(['auto', 'sane', 'escl', 'fake', 'none']),
    device: Type.Optional(Text),
    url: Type.Optional(Text),
    configDir: Type.Optional(Path),
    options: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 80 }),
        Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean()]),
        { maxProperties: 50 },
      ),
    ),
    maxArea: Type.Optional(Type.Object({ width: Length, height: Length }, { additionalProperties: false })),
  },
  { additionalProperties: false },
)

/** How the printer is reached: `auto` leaves it to the model's profile, `uri` is an `ipp:` or `ipps:` address. */
const PrinterConfig = Type.Object(
  { driver: Type.Enum(['auto', 'ipp', 'fake', 'none']), uri: Type.Optional(Text) },
  { additionalProperties: false },
)

/** The first and the longest wait between two tries to reach the fleet, in milliseconds; files wait ten times as long. */
const LinkConfig = Type.Object(
  {
    backoffBaseMs: Type.Integer({ minimum: 10, maximum: 60_000 }),
    backoffCapMs: Type.Integer({ minimum: 10, maximum: 600_000 }),
    /** After one and a half of it a silent line is taken for lost; the fleet takes no longer one than 20. */
    keepaliveSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
  },
  { additionalProperties: false },
)

/** The camera's device, where it is not enough that there is one. */
const CameraConfig = Type.Object({ path: Path }, { additionalProperties: false })

/**
 * How the kiosk's browser is seen to be alive: by the name of its process, by its DevTools port on the loopback, or by
 * both; `unit` is the unit of systemd that runs it.
 */
const KioskConfig = Type.Object(
  {
    process: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    devtoolsPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    unit: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,99}\\.service$' })),
  },
  { additionalProperties: false },
)

/** A UPS as Network UPS Tools show it: on this machine unless told. */
const UpsConfig = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$' }),
    host: Type.Optional(Text),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
  },
  { additionalProperties: false },
)

/** What opens the printer to SNMP, where it is not the usual `public` at port 161. */
const SnmpConfig = Type.Object(
  {
    community: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
  },
  { additionalProperties: false },
)

/**
 * Programs that run as children of their own, and the profiles of the release, where they do not lie beside the sources
 * (as in a bundle).
 */
const ChildPaths = Type.Object(
  {
    sane: Type.Optional(Path),
    pages: Type.Optional(Path),
    profiles: Type.Optional(Path),
    sheet: Type.Optional(Path),
    field: Type.Optional(Path),
  },
  { additionalProperties: false },
)

/** Where the terminals' door of the fleet is. */
const FleetAddress = Type.Object(
  { host: Text, port: Type.Integer({ minimum: 1, maximum: 65_535 }), serverName: Type.Optional(Text) },
  { additionalProperties: false },
)

/** A claim to redeem: what it leaves out is taken from the configuration around it. */
const ClaimConfig = Type.Object(
  {
    code: Type.String({ pattern: claimCodePattern }),
    fleet: Type.Optional(FleetAddress),
    ca: Type.Optional(Path),
    serial: Type.Optional(HardwareSerial),
  },
  { additionalProperties: false },
)

const AgentConfigFile = Type.Object(
  {
    village: Type.Optional(Type.String({ maxLength: 100 })),
    fleet: Type.Optional(FleetAddress),
    /** The roots to trust, as a file: PEM. */
    ca: Type.Optional(Path),
    /** The machine's serial number, where its own is not to be asked. */
    serial: Type.Optional(HardwareSerial),
    claim: Type.Optional(ClaimConfig),
    /** The folder of the identity: `identity` in the data folder unless told. */
    identity: Type.Optional(Path),
    /** Only together: an identity that somebody else issues and renews, in place of a claim. */
    deviceId: Type.Optional(Type.String({ pattern: deviceIdPattern })),
    key: Type.Optional(Path),
    certificate: Type.Optional(Path),
    dataFolder: Path,
    profiles: Type.Optional(
      Type.Object(
        { terminal: Type.String({ maxLength: 100 }), mfp: Type.Optional(Type.String({ maxLength: 100 })) },
        { additionalProperties: false },
      ),
    ),
    scanner: Type.Optional(ScannerConfig),
    printer: Type.Optional(PrinterConfig),
    /** Where the printer and scanner stands on the local network, for models that are reached by it. */
    mfpHost: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}$' })),
    snmp: Type.Optional(SnmpConfig),
    camera: Type.Optional(CameraConfig),
    kiosk: Type.Optional(KioskConfig),
    ups: Type.Optional(UpsConfig),
    link: Type.Optional(LinkConfig),
    logLevel: Type.Optional(Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])),
    childPaths: Type.Optional(ChildPaths),
    setup: Type.Optional(SetupSettings),
    /** The file of ipp-usb's quirks that is the agent's own; without it ipp-usb goes by its usual settings. */
    ippUsbQuirks: Type.Optional(Path),
    /** The program and its arguments that restart the machine. */
    rebootCommand: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 10 })),
  },
  { additionalProperties: false },
)

type File = Static<typeof AgentConfigFile>
type Optional =
  | 'village'
  | 'fleet'
  | 'ca'
  | 'serial'
  | 'claim'
  | 'deviceId'
  | 'key'
  | 'certificate'
  | 'mfpHost'
  | 'snmp'
  | 'camera'
  | 'kiosk'
  | 'ups'
  | 'ippUsbQuirks'

/** What an agent is told: where everything optional that has a usual value has its value. */
export type AgentConfig = Readonly<
  Required<Omit<File, Optional | 'setup'>> & Pick<File, Optional> & { readonly setup: SetupSettings }
>
export type ScannerConfig = AgentConfig['scanner']
export type PrinterConfig = AgentConfig['printer']
/** A configuration as people write it. */
export type AgentConfigInput = File

/** The configuration cannot be used; the text names the place, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}

/** Checks a configuration and fills in what is left out; paths are taken from `folder`. Throws `ConfigError`. */
export const parseConfig = (value: unknown, folder = process.cwd()): AgentConfig => {
  if (!Check(AgentConfigFile, value)) {
    const [first] = Errors(AgentConfigFile, value)
    throw new ConfigError(
      `The configuration is wrong at ${first?.instancePath || '/'}: ${first?.message ?? ''}`,
    )
  }
  const { scanner = { driver: 'auto' }, printer = { driver: 'auto' }, ...rest } = value
  if (scanner.driver === 'escl' && !scanner.url) throw new ConfigError('An eSCL scanner needs its url')
  if (printer.driver === 'ipp' && !printer.uri) throw new ConfigError('An IPP printer needs its uri')
  const issued = [rest.deviceId, rest.key, rest.certificate].filter((one) => one !== undefined)
  if (issued.length > 0 && (issued.length < 3 || !rest.fleet || !rest.ca)) {
    throw new ConfigError('An identity issued elsewhere needs deviceId, key, certificate, ca and fleet')
  }
  const path = (text: string) => resolve(folder, text)
  const paths = <K extends 'key' | 'certificate' | 'ca'>(name: K) => {
    const text = rest[name]
    return (text === undefined ? {} : { [name]: path(text) }) as { readonly [N in K]?: string }
  }
  const { claim, dataFolder, identity = `${dataFolder}/identity` } = rest
  return freeze({
    link: { backoffBaseMs: 1000, backoffCapMs: 30_000 },
    logLevel: 'info',
    childPaths: {},
    rebootCommand: ['systemctl', 'reboot'],
    profiles: { terminal: 'generic' },
    ...structuredClone(rest),
    ...paths('key'),
    ...paths('certificate'),
    ...paths('ca'),
    ...(claim ? { claim: { ...claim, ...(claim.ca ? { ca: path(claim.ca) } : {}) } } : {}),
    dataFolder: path(dataFolder),
    identity: path(identity),
    scanner: structuredClone(scanner),
    printer: structuredClone(printer),
    setup: setupSettings(rest.setup),
  })
}

const fromEnvironment = (value: unknown, environment: NodeJS.ProcessEnv): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const { AVYL_FLEET_HOST: host, AVYL_FLEET_PORT: port, AVYL_LOG_LEVEL: logLevel } = environment
  const written = 'fleet' in value && typeof value.fleet === 'object' ? value.fleet : undefined
  const fleet = { ...written, ...(host ? { host } : {}), ...(port ? { port: Number(port) } : {}) }
  return { ...value, ...(written || host || port ? { fleet } : {}), ...(logLevel ? { logLevel } : {}) }
}

const read = (file: string, ifAbsent?: object): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (ifAbsent && (cause as NodeJS.ErrnoException).code === 'ENOENT') return ifAbsent
    throw new ConfigError('The configuration file cannot be read', { cause })
  }
}

/** A package's own values are in a file that no site edits, so that an upgrade can change them. */
const readOver = (defaults: string | undefined, file: string): unknown => {
  if (defaults === undefined) return read(file)
  const [usual, own] = [read(defaults), read(file, {})]
  return typeof usual === 'object' && typeof own === 'object' && own !== null ? { ...usual, ...own } : own
}

/**
 * Reads the configuration from the JSON file that `AVYL_AGENT_CONFIG` names (`/etc/avyl/agent.json` unless told). What
 * it leaves out is taken from the file that `AVYL_AGENT_DEFAULTS` names; with that one it may be missing.
 * `AVYL_FLEET_HOST`, `AVYL_FLEET_PORT` and `AVYL_LOG_LEVEL` override both; `children` stand in where they name none.
 * Throws `ConfigError`.
 */
export const loadConfig = (
  environment: NodeJS.ProcessEnv = process.env,
  children: AgentConfig['childPaths'] = {},
): AgentConfig => {
  const file = resolve(environment.AVYL_AGENT_CONFIG ?? '/etc/avyl/agent.json')
  const value = readOver(environment.AVYL_AGENT_DEFAULTS, file)
  const config = parseConfig(fromEnvironment(value, environment), dirname(file))
  return freeze({ ...config, childPaths: { ...children, ...config.childPaths } })
}
