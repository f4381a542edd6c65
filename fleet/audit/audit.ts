import type { Logger } from 'pino'
import type { AuditEntry, AuditHead, AuditVerdict } from '../api/audit-schemas.ts'
import type { Clock } from '../clock.ts'
import type { Signer } from '../signing/signer.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { checkStore } from './check.ts'
import { type Act, genesis } from './entry.ts'
import { exportLines } from './export.ts'
import { HeadFile } from './head-file.ts'
import { AuditLedger, type EntryQuery } from './ledger.ts'
import { Seals, seal } from './seals.ts'

/** How long entries are kept, in milliseconds: three years. */
export const keptMs = 3 * 366 * 86_400_000

/** An entry that was written stands under a signature after so long, in milliseconds. */
export const sealEveryMs = 10_000

const pruneEveryMs = 86_400_000
const prunedAtOnce = 500

export interface AuditParts {
  readonly database: Database
  readonly signer: Signer
  /** The roots up to which the signing keys are certified, PEM. */
  readonly roots: () => string
  /** The file of heads, beside the database. */
  readonly file: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Who did what, as a chain that cannot be changed unseen.
 *
 * What is detected by what: an entry that was edited, inserted, swapped or deleted, by the hashes; a table that was cut
 * back, by the signed head in the store; one that was cut back together with that head, by the file of heads; store and
 * file both rewritten, by the signatures, and by any head that was taken elsewhere. Entries younger than the last head
 * stand under the memory of this process alone: a fleet that was killed counts them when it starts again.
 */
export class Audit {
  readonly #parts: AuditParts
  readonly #ledger: AuditLedger
  readonly #seals: Seals
  readonly #file: HeadFile
  readonly #turns = new Turns()
  #head: AuditHead | undefined
  #verdict: Promise<AuditVerdict> | undefined
  #stops: (() => void)[] = []

  constructor(parts: AuditParts) {
    this.#parts = parts
    this.#ledger = new AuditLedger(parts.database, parts.clock)
    this.#seals = new Seals(parts.database)
    this.#file = new HeadFile(parts.file)
  }

  /** Takes up the chain where it ended. Nothing is signed yet, so the signer need not be started. */
  async start(): Promise<void> {
    const { clock, log } = this.#parts
    await this.#file.start()
    await this.#ledger.start((await this.#seals.find('checkpoint')) ?? genesis)
    this.#head = await this.#seals.find('head')
    await this.#compare()
    const watched = (act: () => Promise<unknown>, failure: string) => () => {
      act().catch((error: unknown) => log.error({ err: error }, failure))
    }
    this.#stops = [
      clock.every(
        sealEveryMs,
        watched(() => this.head(), 'the head of the audit could not be signed'),
      ),
      clock.every(
        pruneEveryMs,
        watched(() => this.prune(), 'old entries of the audit could not be let go'),
      ),
    ]
  }

  /** Signs what was written. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.head().catch((error: unknown) =>
      this.#parts.log.error({ err: error }, 'the head of the audit could not be signed'),
    )
    await this.#turns.idle()
  }

  /** Resolves with the entry once it is in the store; rejects when it is not, and then the act must not be. */
  write(act: Act): Promise<AuditEntry> {
    return this.#ledger.append(act)
  }

  /** Writes down an act of the fleet itself that may not wait; what shuts somebody out is done in any case. */
  note(act: Pick<Act, 'action' | 'subject' | 'about'>): void {
    this.write({ actor: 'fleet', by: 'fleet', outcome: 'done', ...act }).catch((error: unknown) =>
      this.#parts.log.error({ err: error, ...act }, 'an act of the fleet was not audited'),
    )
  }

  list(query: EntryQuery): Promise<AuditEntry[]> {
    return this.#ledger.list(query)
  }

  /** The signed end of the chain; signs it where something was written since. */
  head(): Promise<AuditHead> {
    return this.#turns.take('head', async () => {
      const last = await this.#ledger.settled()
      if (this.#head?.number === last.number && this.#head.hash === last.hash) return this.#head
      const { signer, clock } = this.#parts
      const head = seal(signer, 'head', { ...last, at: clock.now() })
      await this.#seals.keepList(head.signature.key, signer.keys)
      await this.#file.append(head)
      await this.#seals.keep('head', head)
      this.#head = head
      return head
    })
  }

  /** Whether everything is as it was written; whoever asks meanwhile gets the same answer. */
  verify(): Promise<AuditVerdict> {
    this.#verdict ??= this.#turns
      .take('walk', () => this.#verify())
      .finally(() => {
        this.#verdict = undefined
      })
    return this.#verdict
  }

  /** The whole audit as lines (NDJSON) for `avyl audit verify`: what proves the signatures, the entries, the head. */
  async *export(): AsyncGenerator<string> {
    const head = await this.head()
    yield* exportLines(this.#ledger, {
      ca: this.#parts.roots(),
      keys: await this.#seals.lists(),
      checkpoint: await this.#seals.find('checkpoint'),
      head,
    })
  }

  /** Lets go of entries that are old enough; a signed checkpoint says where the chain begins from now on. */
  async prune(): Promise<void> {
    const { clock, signer } = this.#parts
    const until = clock.now() - keptMs
    for (let more = true; more; ) {
      more = await this.#turns.take('walk', async () => {
        const page = await this.#ledger.page(0, prunedAtOnce)
        const kept = page.findIndex(({ at }) => at >= until)
        const last = page.at(kept < 0 ? -1 : kept - 1)
        if (kept === 0 || !last) return false
        const checkpoint = seal(signer, 'checkpoint', {
          number: last.number,
          hash: last.hash,
          at: clock.now(),
        })
        await this.#seals.keepList(checkpoint.signature.key, signer.keys)
        await this.#seals.keep('checkpoint', checkpoint)
        return kept < 0
      })
    }
  }

  async #verify(): Promise<AuditVerdict> {
    const known = await this.#turns.take('head', async () => ({
      last: await this.#ledger.settled(),
      head: this.#head,
      file: await this.#file.heads(),
    }))
    const { roots } = this.#parts
    return checkStore({ ledger: this.#ledger, seals: this.#seals, roots: roots() }, known)
  }

  /** Says what the last run left unsigned, and what is not there any more. */
  async #compare(): Promise<void> {
    const { last } = this.#ledger
    const heads = [this.#head, ...(await this.#file.heads())]
    const signed = Math.max(0, ...heads.map((head) => head?.number ?? 0))
    if (signed > last.number) {
      this.#parts.log.error({ signed, found: last.number }, 'entries of the audit are missing')
    }
    if (signed !== last.number) {
      const about = `signed up to ${signed}, found up to ${last.number}`
      await this.write({ actor: 'fleet', by: 'fleet', action: 'auditResumed', outcome: 'done', about })
    }
  }
}
