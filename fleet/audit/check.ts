import { setImmediate as others } from 'node:timers/promises'
import type { AuditEntry, AuditHead, AuditVerdict } from '../api/audit-schemas.ts'
import type { IsSigned } from '../signing/certified-keys.ts'
import type { Link } from './entry.ts'
import type { AuditLedger } from './ledger.ts'
import { isSealed, openLists, type Seals } from './seals.ts'
import { type Fault, Walk } from './walk.ts'

/** So many entries are looked at in one go: some milliseconds. */
const pageSize = 400

/** What the fleet knows of its audit without asking the table. */
export interface Known {
  /** The newest entry that this process has written. */
  readonly last: Link
  /** The newest head that it has signed. */
  readonly head: AuditHead | undefined
  /** The lines of the file of heads; `undefined` for one that is no head. */
  readonly file: readonly (AuditHead | undefined)[]
}

interface Ground {
  readonly checkpoint: AuditHead | undefined
  readonly heads: readonly AuditHead[]
}

const unsigned = (number: number, what: string): Fault => ({
  number,
  text: `The ${what} is not signed by the fleet`,
})

/** Everything signed on which a verification stands, or what is wrong with it. */
const groundOf = async (seals: Seals, roots: string, known: Known): Promise<Ground | Fault> => {
  let isSigned: IsSigned
  let checkpoint: AuditHead | undefined
  let stored: AuditHead | undefined
  try {
    isSigned = openLists(await seals.lists(), roots)
    checkpoint = await seals.find('checkpoint')
    stored = await seals.find('head')
  } catch {
    return { number: 0, text: 'The keys or the signatures cannot be read, or are not certified' }
  }
  if (checkpoint && !isSealed(isSigned, 'checkpoint', checkpoint)) {
    return unsigned(checkpoint.number, 'checkpoint')
  }
  const signed = known.head?.number ?? (known.file.length > 0 ? 0 : undefined)
  if (signed !== undefined && (stored?.number ?? -1) < signed) {
    return { number: signed, text: 'The newest signed head is not in the store' }
  }
  if (stored && known.file.length === 0) return { number: stored.number, text: 'The file of heads is empty' }
  const heads: AuditHead[] = []
  for (const head of [stored, known.head, ...known.file]) {
    if (head === undefined) continue
    if (!isSealed(isSigned, 'head', head)) return unsigned(head.number, 'head')
    heads.push(head)
    await others()
  }
  if (known.file.includes(undefined)) return { number: 0, text: 'The file of heads holds what is no head' }
  return { checkpoint, heads }
}

const readPage = (ledger: AuditLedger, after: number): Promise<AuditEntry[] | Fault> =>
  ledger.page(after, pageSize).catch(() => ({ number: after + 1, text: 'The entry cannot be read' }))

const goAlong = async (ledger: AuditLedger, walk: Walk): Promise<Fault | undefined> => {
  const wrong = walk.begin()
  if (wrong) return wrong
  for (;;) {
    const page = await readPage(ledger, walk.last.number)
    if (!Array.isArray(page)) return page
    for (const entry of page) {
      const fault = walk.next(entry)
      if (fault) return fault
    }
    if (page.length < pageSize) return walk.end()
    await others()
  }
}

/**
 * Whether the audit in the store is as it was written: every hash, every number, every signed head, and what this
 * process itself has written. Looks at one page at a time and lets others work in between.
 */
export const checkStore = async (
  { ledger, seals, roots }: { readonly ledger: AuditLedger; readonly seals: Seals; readonly roots: string },
  known: Known,
): Promise<AuditVerdict> => {
  const shown = known.head && { head: known.head }
  const ground = await groundOf(seals, roots, known)
  if ('text' in ground) return { ok: false, entries: 0, ...shown, fault: ground }
  const { checkpoint, heads } = ground
  const walk = new Walk([...heads, known.last], checkpoint)
  // Among the entries that are cut off may be the newest; a number past the end of the store is none of ours.
  const fault = (await goAlong(ledger, walk)) ?? (await beyond(ledger, walk.last))
  const first = checkpoint && { first: checkpoint.number + 1 }
  return { ok: fault === undefined, entries: walk.entries, ...first, ...shown, ...(fault && { fault }) }
}

/** An entry that no act of this process wrote. */
const beyond = async (ledger: AuditLedger, end: Link): Promise<Fault | undefined> => {
  const { number } = await ledger.settled()
  return end.number > number ? { number: number + 1, text: 'Somebody else wrote this entry' } : undefined
}
