import type { Logger } from 'pino'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Validity } from './certificates.ts'
import { DeviceAuthorities, type DoorNames } from './device-authorities.ts'
import { Identities, type IdentityEvents } from './identities.ts'
import type { Shown } from './peer.ts'
import type { Standing } from './standing.ts'

/** What a terminal or a server proves itself with: PEM texts. The key is a secret. */
export interface Credentials {
  /** Private key, PKCS #8. */
  readonly key: string
  /** Its certificate, then that of the authority that issued it. */
  readonly certificate: string
  /** The roots to trust at the other end. */
  readonly ca: string
}

/** Who says which terminal is which: what the terminals' door asks. */
export interface Authority {
  /** Every root that terminals shall trust, PEM. */
  readonly ca: string
  /** The device authorities whose terminals may come in, PEM. */
  readonly issuers: readonly string[]
  /** What the terminals' door shows now. */
  readonly server: Credentials
  /** Calls back when `server` is a new one, until the returned function is called. */
  onServer(act: () => void): () => void
  /** What a certificate is worth, its dates aside; `undefined` when the fleet did not issue it. */
  standing(shown: Shown): Standing | undefined
  /** Whether its holder may work now; asked at each connection and each request. */
  admits(shown: Shown): boolean
  /** Somebody with this certificate wanted to work and was turned away. */
  refused(shown: Shown): void
}

/** The authority of one fleet, and what it is made of. */
export interface FleetAuthority extends Authority {
  readonly identities: Identities
  readonly devices: DeviceAuthorities
  /** The authority's word on the list of signing keys, and its chain to the root, PEM. */
  signKeys(text: string): { readonly signature: string; readonly certificates: string }
  /** Makes a key and a certificate for a simulated terminal, accepted at once. Throws when `device` is no device id. */
  issueTerminal(device: string, valid?: Validity): Promise<Credentials>
  stop(): Promise<void>
}

export interface AuthorityParts {
  /** Where the keys of the device authorities lie; see `authority-folder.ts`. */
  readonly folder: string
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  readonly events: IdentityEvents
  /** Under what names terminals find the door; this machine's own unless told. */
  readonly door?: DoorNames
}

/** Under what names a machine finds a door of its own. */
export const thisMachine: DoorNames = { names: ['localhost'], addresses: ['127.0.0.1', '::1'] }

/** The authority kept in this folder and this database. Throws `AuthorityProblem` when the folder is not in order. */
export const createAuthority = async (parts: AuthorityParts): Promise<FleetAuthority> => {
  const { folder, door = thisMachine, clock, log } = parts
  const devices = new DeviceAuthorities({ folder, door, clock, log })
  await devices.start()
  const identities = new Identities({ ...parts, trusts: (issuer) => devices.trusts(issuer) })
  await identities.start()
  return {
    identities,
    devices,
    get ca() {
      return devices.ca
    },
    get issuers() {
      return devices.issuers
    },
    get server() {
      return devices.server
    },
    onServer: (act) => devices.onServer(act),
    standing: (shown) => identities.standing(shown),
    admits: (shown) => identities.admits(shown),
    refused: (shown) => identities.outdated(shown),
    signKeys: (text) => devices.signKeys(text),
    async issueTerminal(device, valid) {
      if (!isDeviceId(device)) throw new Error('A certificate is made for a device id only')
      const { key, ...issued } = await devices.make(device, valid)
      await identities.enrolSimulated(device, issued)
      return { key, certificate: issued.pem, ca: devices.ca }
    },
    async stop() {
      devices.stop()
      await identities.stop()
    },
  }
}
