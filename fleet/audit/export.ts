import { createHash } from 'node:crypto'
import { canonical } from '../../protocol/canonical.ts'
import type { SigningKeys } from '../../protocol/signing.ts'
import type { AuditHead } from '../api/audit-schemas.ts'
import type { AuditLedger } from './ledger.ts'

const pageSize = 400

/** What an export is made of beside its entries. */
export interface ExportFrame {
  /** The roots, PEM. */
  readonly ca: string
  readonly keys: readonly SigningKeys[]
  readonly checkpoint: AuditHead | undefined
  readonly head: AuditHead
}

/** The first member of an export, by which it is known. */
export const exportKind = 'avyl-audit-export-1'

/** By which the end of an export knows its first line. */
export const hashOfLine = (line: string): string => createHash('sha256').update(line).digest('hex')

/** The lines of an export, each with its end and as canonical text, so that it has one form. */
export async function* exportLines(
  ledger: AuditLedger,
  { ca, keys, checkpoint, head }: ExportFrame,
): AsyncGenerator<string> {
  const beginning = canonical({ is: exportKind, ca, keys, checkpoint })
  yield `${beginning}\n`
  let after = checkpoint?.number ?? 0
  while (after < head.number) {
    const page = await ledger.page(after, Math.min(pageSize, head.number - after))
    // An export that ends without its head is seen to be broken off.
    if (page.length === 0) return
    yield page.map((entry) => `${canonical(entry)}\n`).join('')
    after = page.at(-1)?.number ?? head.number
  }
  yield `${canonical({ head, beginning: hashOfLine(beginning) })}\n`
}
