import { X509Certificate } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Authority } from '../identity/authority.ts'
import { dayMs, serverDays } from '../identity/validity.ts'

/** Something that ends on a day. */
export interface Expiring {
  readonly name: string
  /** In milliseconds since 1970. */
  readonly endsAt: number
  /** When the fleet makes it anew by itself; its end is a trouble only where that failed. */
  readonly renewsAt?: number
}

export interface FleetHealthParts {
  readonly clock: Clock
  readonly log: Logger
  /** What of the fleet ends one day: authorities, the door's certificate. */
  readonly expiring: () => readonly Expiring[]
  /** The folder whose disk is watched. */
  readonly folder: string
  /** Free and whole bytes of its disk. */
  readonly space?: (folder: string) => Promise<{ readonly free: number; readonly size: number }>
  /** Told how each part of the fleet is. */
  readonly tell: (name: string, part: string, bad: boolean, detail?: string) => void
  /** The parts of which something bad is remembered under this name, also from before a restart. */
  readonly remembered: (name: string) => readonly string[]
}

const everyMs = 60_000
const warnings = [90, 30, 7] as const
/** A share of the disk, and bytes: the less of both counts, since a tenth of a large disk is much. */
const low = { share: 0.15, bytes: 20 * 1024 ** 3 }
const full = { share: 0.05, bytes: 2 * 1024 ** 3 }

const spaceOf = async (folder: string) => {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { free: bavail * bsize, size: blocks * bsize }
}

const endOf = ({ subject, serialNumber, validToDate }: X509Certificate): Expiring => {
  const name = subject.replaceAll('\n', ', ').slice(0, 80)
  return { name: `${name} ${serialNumber.slice(0, 8)}`, endsAt: validToDate.getTime() }
}

/** The certificates by which terminals trust the fleet, each once, named by subject and serial number. */
export const expiringOf = ({
  ca,
  issuers,
  server,
}: Pick<Authority, 'ca' | 'issuers' | 'server'>): Expiring[] => {
  const texts = [ca, ...issuers].flatMap(
    (pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  )
  const door = endOf(new X509Certificate(server.certificate))
  return [
    ...[...new Set(texts)].map((text) => endOf(new X509Certificate(text))),
    { ...door, renewsAt: door.endsAt - serverDays.left * dayMs },
  ]
}

/** Watches what the fleet itself stands on: its certificates and its disk. */
export class FleetHealth {
  readonly #parts: FleetHealthParts
  #stopWatching = () => {}

  constructor(parts: FleetHealthParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await this.#look()
    this.#stopWatching = this.#parts.clock.every(everyMs, () => void this.#look())
  }

  stop(): void {
    this.#stopWatching()
  }

  async #look(): Promise<void> {
    const { folder, space = spaceOf, log } = this.#parts
    this.#expiries()
    try {
      const { free, size } = await space(folder)
      const below = (limit: typeof low) => free < Math.min(size * limit.share, limit.bytes)
      const detail = `${Math.floor(free / 1024 ** 2)} MiB of ${Math.floor(size / 1024 ** 2)} MiB left`
      const { tell } = this.#parts
      tell('fleet-disk-full', 'disk', below(full), detail)
      tell('fleet-disk-low', 'disk', below(low) && !below(full), detail)
    } catch (error) {
      log.warn({ err: error }, 'the disk could not be looked at')
    }
  }

  /** Each in the nearest of its warnings alone; what was replaced, also while the fleet was down, is no trouble any more. */
  #expiries(): void {
    const { expiring, clock, tell, remembered } = this.#parts
    const all = expiring()
    for (const { name, endsAt, renewsAt = 0 } of all) {
      const days = (endsAt - clock.now()) / dayMs
      const isLate = clock.now() > renewsAt + dayMs
      const nearest = isLate ? warnings.findLast((within) => days <= within) : undefined
      const detail = `${name}: ${new Date(endsAt).toISOString().slice(0, 10)}`
      for (const within of warnings) tell(`expiry-${within}`, name, within === nearest, detail)
    }
    const names = new Set(all.map(({ name }) => name))
    for (const within of warnings) {
      const gone = remembered(`expiry-${within}`).filter((name) => !names.has(name))
      for (const name of gone) tell(`expiry-${within}`, name, false)
    }
  }
}
