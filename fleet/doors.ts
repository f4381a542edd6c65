import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { type FleetConfig, settingNames } from './config.ts'
import { isLoopback } from './host.ts'
import { thisMachine } from './identity/authority.ts'
import type { DoorNames } from './identity/device-authorities.ts'

/** Where a fleet listens. */
export interface Place {
  readonly host: string
  readonly port: number
  /** The settings that move it. */
  readonly settings: { readonly host: string; readonly port: string }
}

/** Where people and programs come in, and where terminals do. */
export const placesOf = ({
  host,
  httpHost,
  httpPort,
  mqttPort,
}: FleetConfig): Readonly<Record<'people' | 'terminals', Place>> => ({
  people: {
    ...{ host: httpHost ?? host, port: httpPort },
    settings: {
      host: settingNames[httpHost === undefined ? 'host' : 'httpHost'],
      port: settingNames.httpPort,
    },
  },
  terminals: {
    ...{ host, port: mqttPort },
    settings: { host: settingNames.host, port: settingNames.mqttPort },
  },
})

/** Where terminals are told to look for their door: the first of its names, or where it listens. */
export const doorHost = ({ doorNames, host }: FleetConfig): string =>
  doorNames?.split(',')[0]?.trim() ?? (['0.0.0.0', '::'].includes(host) ? hostname() : host)

/** What the door's certificate names: what it was given, or this machine and where terminals are told to look. */
export const certifiedNames = (config: FleetConfig): DoorNames => {
  const all = config.doorNames?.split(',').map((name) => name.trim()) ?? [
    ...thisMachine.names,
    ...thisMachine.addresses,
    doorHost(config),
  ]
  const each = [...new Set(all)]
  return {
    names: each.filter((name) => isIP(name) === 0),
    addresses: each.filter((name) => isIP(name) !== 0),
  }
}

/**
 * Whether nobody but this machine can come in, neither people nor terminals. A proxy on this machine lets others in,
 * although the door itself is on loopback.
 */
export const isTrial = (config: FleetConfig): boolean => {
  const { people, terminals } = placesOf(config)
  return (
    config.publicUrl === undefined &&
    !config.behindProxy &&
    [people.host, terminals.host, doorHost(config)].every(isLoopback)
  )
}
