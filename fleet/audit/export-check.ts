import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { canonical } from '../../protocol/canonical.ts'
import { SigningKeys } from '../../protocol/signing.ts'
import { AuditEntry, AuditHead, type AuditVerdict } from '../api/audit-schemas.ts'
import type { IsSigned } from '../signing/certified-keys.ts'
import { genesis } from './entry.ts'
import { exportKind, hashOfLine } from './export.ts'
import { isSealed, openLists } from './seals.ts'
import { type Fault, Walk } from './walk.ts'

const Beginning = Type.Object(
  {
    is: Type.Literal(exportKind),
    ca: Type.String({ maxLength: 100_000 }),
    keys: Type.Array(SigningKeys),
    checkpoint: Type.Optional(AuditHead),
  },
  { additionalProperties: false },
)
const Ending = Type.Object({ head: AuditHead, beginning: Type.String() }, { additionalProperties: false })

/** What the verifier of an export brings along. */
export interface Trust {
  /** The roots that are believed, PEM; those in the export unless told. */
  readonly roots?: string | undefined
  /** Heads that were taken elsewhere, at any time before. */
  readonly heads?: readonly AuditHead[]
}

const parsed = (line: string): unknown => {
  try {
    const value: unknown = JSON.parse(line)
    return canonical(value) === line ? value : undefined
  } catch {
    return undefined
  }
}

const opened = ({ keys, ca }: Static<typeof Beginning>, roots = ca): IsSigned | undefined => {
  try {
    return openLists(keys, roots)
  } catch {
    return undefined
  }
}

/**
 * Whether an export is the fleet's, whole and as it was written. `lines` come without their ends and are looked at one by
 * one. Needs no fleet: the keys in the export are certified up to a root.
 */
export const checkExport = async (lines: AsyncIterable<string>, trust: Trust = {}): Promise<AuditVerdict> => {
  const { heads = [] } = trust
  let isSigned: IsSigned | undefined
  let walk: Walk | undefined
  let first = 1
  let hashOfFirst = ''
  let head: AuditHead | undefined

  const begin = (line: string): string | Fault | undefined => {
    const beginning = parsed(line)
    if (!Check(Beginning, beginning)) return 'This is no export of an audit'
    isSigned = opened(beginning, trust.roots)
    if (!isSigned) return 'The keys are not certified by a root that is believed'
    hashOfFirst = hashOfLine(line)
    const { checkpoint } = beginning
    if (checkpoint && !isSealed(isSigned, 'checkpoint', checkpoint)) return 'The checkpoint is not signed'
    for (const one of heads)
      if (!isSealed(isSigned, 'head', one)) return 'The head is not signed by this fleet'
    first = (checkpoint ?? genesis).number + 1
    walk = new Walk(heads, checkpoint ?? genesis)
    return walk.begin()
  }
  const go = (line: string, along: Walk): string | Fault | undefined => {
    if (head) return 'Something comes after the head'
    const value = parsed(line)
    if (Check(AuditEntry, value)) return along.next(value)
    if (!Check(Ending, value)) return 'The line is neither an entry nor a head'
    head = value.head
    if (value.beginning !== hashOfFirst) return 'The first line is that of another export'
    const { number, hash } = along.last
    if (head.number !== number || head.hash !== hash) return 'The head is that of another chain'
    return isSigned && isSealed(isSigned, 'head', head) ? undefined : 'The head is not signed'
  }
  const verdict = (fault?: string | Fault): AuditVerdict => {
    const at = (walk?.last.number ?? 0) + 1
    const named = typeof fault === 'string' ? { number: at, text: fault } : fault
    return {
      ok: named === undefined,
      entries: walk?.entries ?? 0,
      ...(first > 1 && { first }),
      ...(head && { head }),
      ...(named && { fault: named }),
    }
  }

  for await (const line of lines) {
    const fault = walk ? go(line, walk) : begin(line)
    if (fault !== undefined) return verdict(fault)
  }
  if (!walk) return verdict('This is no export of an audit')
  return verdict(head ? walk.end() : 'The export breaks off before its head')
}
