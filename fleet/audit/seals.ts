import type { SigningKeys } from '../../protocol/signing.ts'
import { type SignedAuditEnd, signedText } from '../../protocol/signing.ts'
import type { AuditHead } from '../api/audit-schemas.ts'
import { type IsSigned, openCertifiedKeys } from '../signing/certified-keys.ts'
import type { Signer } from '../signing/signer.ts'
import type { Database } from '../store/database.ts'

/** What is signed: the end of the chain, or the place before which entries were let go. */
export type SealKind = 'head' | 'checkpoint'

const textOf = { head: signedText.auditHead, checkpoint: signedText.auditCheckpoint } as const

/** Signs a place of the chain. */
export const seal = (signer: Signer, kind: SealKind, end: SignedAuditEnd): AuditHead => ({
  ...end,
  signature: signer.sign(textOf[kind](end)),
})

/** Whether the fleet signed it as what it is shown for. */
export const isSealed = (isSigned: IsSigned, kind: SealKind, head: AuditHead): boolean =>
  isSigned(textOf[kind](head), head.signature)

/** Opens all these lists; the one that holds a key speaks for it. Throws `UncertifiedKeys`. */
export const openLists = (lists: readonly SigningKeys[], roots: string): IsSigned => {
  const opened = lists.map((list) => openCertifiedKeys(list, roots))
  return (text, signature) => opened.some((isSigned) => isSigned(text, signature))
}

/** What is signed of the audit, as it lies in the store, and the lists of keys that prove it for good. */
export class Seals {
  readonly #database: Database
  readonly #known = new Set<string>()

  constructor(database: Database) {
    this.#database = database
  }

  async find(kind: SealKind): Promise<AuditHead | undefined> {
    const row = await this.#database
      .selectFrom('audit_seals')
      .selectAll()
      .where('kind', '=', kind)
      .executeTakeFirst()
    if (!row) return undefined
    const { number, hash, at, key, signature } = row
    return { number, hash, at, signature: { key, value: signature } }
  }

  /** Puts it in the place of the one before; with a checkpoint the entries up to it go. */
  async keep(kind: SealKind, { number, hash, at, signature }: AuditHead): Promise<void> {
    const values = { number, hash, at, key: signature.key, signature: signature.value }
    await this.#database.transaction().execute(async (store) => {
      await store
        .insertInto('audit_seals')
        .values({ kind, ...values })
        .onConflict((conflict) => conflict.column('kind').doUpdateSet(values))
        .execute()
      if (kind === 'checkpoint')
        await store.deleteFrom('audit_entries').where('number', '<=', number).execute()
    })
  }

  /** Keeps the list that certifies a key, since the fleet forgets its old keys and their lists. */
  async keepList(key: string, list: SigningKeys): Promise<void> {
    if (this.#known.has(key)) return
    await this.#database
      .insertInto('audit_keys')
      .values({ key, list: JSON.stringify(list) })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
    this.#known.add(key)
  }

  async lists(): Promise<SigningKeys[]> {
    const rows = await this.#database.selectFrom('audit_keys').selectAll().orderBy('key').execute()
    return rows.map(({ list }) => JSON.parse(list) as SigningKeys)
  }
}
