import type { Logger } from 'pino'
import type { Signature, SigningKeys } from '../../protocol/signing.ts'
import { type IsSigned, openKeys } from '../link/signed-keys.ts'
import type { Verifier } from './verifier.ts'

/*
 * INVARIANTS
 * 1. A list of keys is believed only when it leads to a root of this terminal.
 * 2. No list takes the place of one that was issued later: a key that the fleet took back does not return.
 */

/** The keys with which the fleet signs, as this terminal knows them. */
export interface FleetKeys extends Verifier {
  /** The fleet showed this list; it is kept when it is certified and newer. */
  heard(keys: SigningKeys): void
}

export interface FleetKeysParts {
  /** The list that is kept, if any. */
  readonly known: () => SigningKeys | undefined
  /** Resolves when `known` gives it. */
  readonly keep: (keys: SigningKeys) => void | Promise<void>
  /** The roots, PEM. Throws while there are none. */
  readonly roots: () => string
  /** Asks the fleet for its list. */
  readonly fetch: () => Promise<SigningKeys>
  readonly monotonic: () => number
  readonly logger: Logger
}

/** The fleet is asked no more often, in milliseconds: messages with invented keys must not make a flood. */
const fetchEveryMs = 30_000

/** The fleet's keys; asks the fleet for a new list when a key is not in the one that is kept. */
export const createFleetKeys = (parts: FleetKeysParts): FleetKeys => {
  const { known, keep, roots, fetch, monotonic, logger } = parts
  let opened: { readonly keys: SigningKeys; readonly isSigned: IsSigned } | undefined
  let fetching: Promise<void> | undefined
  let fetchedAt = Number.NEGATIVE_INFINITY

  const heard = async (keys: SigningKeys) => {
    const { issuedAt = 0 } = known() ?? {}
    if (keys.issuedAt <= issuedAt) return
    openKeys(keys, roots())
    await keep(keys)
  }
  const askFleet = async () => {
    fetchedAt = monotonic()
    await fetch()
      .then(heard)
      .catch((error: unknown) => logger.warn({ error }, 'no list of signing keys was had'))
    fetching = undefined
  }
  const holds = (key: string) => known()?.keys.some(({ id }) => id === key) ?? false

  return {
    heard(keys) {
      heard(keys).catch((error: unknown) => logger.warn({ error }, 'a list of signing keys was refused'))
    },
    async verify(text: string, signature: Signature) {
      try {
        if (!holds(signature.key) && (fetching || monotonic() - fetchedAt >= fetchEveryMs)) {
          fetching ??= askFleet()
          await fetching
        }
        const keys = known()
        if (!keys || !holds(signature.key)) return false
        if (opened?.keys !== keys) opened = { keys, isSigned: openKeys(keys, roots()) }
        return opened.isSigned(text, signature)
      } catch (error) {
        logger.warn({ error }, 'a signature could not be verified')
        return false
      }
    },
  }
}
