import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { AgentConfig } from '../config.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Clock } from '../link/clock.ts'
import type { Claim } from './identity.ts'
import { hardwareSerial } from './serial.ts'
import { createIdentityStore, type IdentityStore } from './store.ts'
import { createTerminalIdentity, type TerminalIdentity } from './terminal-identity.ts'

const readPem = (path: string | undefined) => path && readFile(path, 'utf8')

const readClaim = async (claim: AgentConfig['claim']): Promise<Claim | undefined> => {
  if (!claim) return undefined
  const { ca: file, ...rest } = claim
  const ca = await readPem(file)
  return { ...rest, ...(ca ? { ca } : {}) }
}

/** An identity in files that somebody else issues and renews. */
const issuedElsewhere = async (config: AgentConfig, ca: string): Promise<IdentityStore | undefined> => {
  const { deviceId: device, fleet: address, village = '' } = config
  const [key, certificate] = await Promise.all([readPem(config.key), readPem(config.certificate)])
  if (!device || !address || !key || !certificate) return undefined
  const own = { key, certificate }
  return {
    load: () => ({ enrolled: { device, village, admission: 'accepted', address, ca, own } }),
    save: async () => {},
  }
}

/** What an identity needs beside the configuration. */
export interface ConfiguredParts {
  readonly clock: Clock
  /** Waits between two tries, up to so many times the longest wait of the line. */
  readonly backoff: (patience: number) => Backoff
  readonly random: () => number
  readonly logger: Logger
}

/** The identity of this configuration: enrolled by claim, or issued elsewhere. Rejects when a file cannot be read. */
export const configuredIdentity = async (
  config: AgentConfig,
  parts: ConfiguredParts,
): Promise<TerminalIdentity> => {
  const ca = await readPem(config.ca)
  const elsewhere = await issuedElsewhere(config, ca ?? '')
  const claim = await readClaim(config.claim)
  const damaged = () => parts.logger.error('the identity was damaged and put aside: a new claim is needed')
  return createTerminalIdentity({
    ...parts,
    store: elsewhere ?? createIdentityStore(config.identity, damaged),
    renews: elsewhere === undefined,
    serial: config.serial ?? hardwareSerial() ?? 'unknown',
    ...(config.fleet ? { address: config.fleet } : {}),
    ...(ca ? { ca } : {}),
    ...(claim ? { claim } : {}),
  })
}
