import { hash } from 'node:crypto'
import { canonical } from '../../protocol/canonical.ts'
import type { AuditEntry } from '../api/audit-schemas.ts'
import type { AuditEntryRow } from '../store/schema.ts'

/** One act as it is told to the audit. Ids and codes only: no secret, no input, nothing of a person. */
export interface Act extends Pick<AuditEntry, 'actor' | 'by' | 'action' | 'outcome'> {
  readonly subject?: string | undefined
  readonly about?: string | undefined
  readonly began?: number | undefined
}

/** A place in the chain. */
export interface Link {
  readonly number: number
  readonly hash: string
}

/** Before the first entry. */
export const genesis: Link = { number: 0, hash: '0'.repeat(64) }

const longestText = 200

/** Text that every store gives back as it took it, and no longer than it is worth. */
const plain = (text: string): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, longestText)
    .toWellFormed()

/** The hash of an entry: SHA-256 of its canonical text, with the hash of the one before and without its own. */
export const hashOf = ({ hash: _, ...entry }: Omit<AuditEntry, 'hash'> & { hash?: unknown }): string =>
  hash('sha256', canonical(entry))

/** The entry that follows `last`. */
export const entryAfter = (last: Link, at: number, act: Act): AuditEntry => {
  const entry = {
    number: last.number + 1,
    at,
    actor: plain(act.actor),
    by: act.by,
    action: plain(act.action),
    outcome: plain(act.outcome),
    ...(act.subject !== undefined && { subject: plain(act.subject) }),
    ...(act.about !== undefined && { about: plain(act.about) }),
    ...(act.began !== undefined && { began: act.began }),
    previous: last.hash,
  }
  return { ...entry, hash: hashOf(entry) }
}

export const rowOf = (entry: AuditEntry): AuditEntryRow => ({
  number: entry.number,
  at: entry.at,
  actor: entry.actor,
  by: entry.by,
  action: entry.action,
  subject: entry.subject ?? null,
  outcome: entry.outcome,
  about: entry.about ?? null,
  began: entry.began ?? null,
  previous: entry.previous,
  hash: entry.hash,
})

export const entryOf = ({ subject, about, began, ...row }: AuditEntryRow): AuditEntry => ({
  ...row,
  ...(subject !== null && { subject }),
  ...(about !== null && { about }),
  ...(began !== null && { began }),
})
