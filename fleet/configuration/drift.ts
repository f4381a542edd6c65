import type { ConfigurationName } from '../../protocol/messages.ts'
import type { Reported } from './reports.ts'

/** Why a terminal does not have what it should have. */
export const driftReasons = ['never-reported', 'behind', 'rejected', 'rolledback'] as const
export type DriftReason = (typeof driftReasons)[number]

const same = (one: ConfigurationName | undefined, other: ConfigurationName) =>
  one?.version === other.version && one.hash === other.hash

/** Why the terminal does not have what it should; `undefined` when it has, if only on trial. */
export const driftOf = (
  desired: ConfigurationName,
  reported: Omit<Reported, 'at'> | undefined,
): DriftReason | undefined => {
  if (!reported) return 'never-reported'
  if (same(reported, desired)) return undefined
  const { newest, status } = reported
  return same(newest, desired) && (status === 'rejected' || status === 'rolledback') ? status : 'behind'
}

/**
 * Whether a terminal has seen a document that the fleet does not know, as after the fleet's store was brought back from
 * a copy: it would take no document of an older number any more.
 */
export const isAhead = (desired: ConfigurationName, { version, hash, newest }: Reported): boolean => {
  const seen = newest && newest.version > version ? newest : { version, hash }
  return seen.version > desired.version || (seen.version === desired.version && seen.hash !== desired.hash)
}
