import { canonical } from '../../protocol/canonical.ts'
import type { SettingFault } from '../../protocol/configuration-check.ts'
import type { Unstamped } from '../link/line.ts'
import type { Document } from './document.ts'
import type { ConfigurationRecord, Refused } from './record.ts'

const none = { version: 0, hash: '0'.repeat(64) }
const nameOf = ({ version, hash }: Document | Refused) => ({ version, hash })

/** The record with this document refused, unless a newer one was: the fleet hears of the newest. */
export const withRefused = (
  record: ConfigurationRecord,
  document: Document,
  status: Refused['status'],
  errors: readonly SettingFault[],
): ConfigurationRecord => {
  if (record.refused && record.refused.version > document.version) return record
  return { ...record, refused: { ...nameOf(document), status, errors: [...errors] } }
}

/** The record without what is said of an older document than this version. */
export const withoutOlderRefused = (record: ConfigurationRecord, version: number): ConfigurationRecord => {
  const { refused, ...rest } = record
  return refused && refused.version > version ? record : rest
}

/** What this record says to the fleet. */
export const reportOf = ({ good, trial, refused }: ConfigurationRecord): Unstamped<'reported'> => {
  const runs = trial ?? good
  if (refused && refused.version > (runs?.version ?? 0)) {
    const { status, errors } = refused
    return { ...(runs ? nameOf(runs) : none), status, newest: nameOf(refused), errors }
  }
  if (!runs) return { ...none, errors: [] }
  return { ...nameOf(runs), status: trial ? 'trial' : 'applied', newest: nameOf(runs), errors: [] }
}

/** Whether two records say the same. */
export const sameRecord = (one: ConfigurationRecord, other: ConfigurationRecord): boolean =>
  canonical(one) === canonical(other)
