import type { AuditEntry, AuditVerdict } from '../api/audit-schemas.ts'
import { genesis, hashOf, type Link } from './entry.ts'

export type Fault = NonNullable<AuditVerdict['fault']>

const hashOfAny = (entry: AuditEntry): string | undefined => {
  try {
    return hashOf(entry)
  } catch {
    // What a database was made to hold need not be a value of JSON.
    return undefined
  }
}

/** Goes along the chain, entry by entry, and says where it is not as it was written. Holds no entry. */
export class Walk {
  /** The entries that were found in order. */
  entries = 0
  #last: Link
  readonly #heads: Link[]

  /** `begin` is the checkpoint, where there is one; `heads` are signed, and verified to be so. */
  constructor(heads: readonly Link[], begin: Link = genesis) {
    this.#last = begin
    this.#heads = heads.filter(({ number }) => number >= begin.number).sort((a, b) => a.number - b.number)
  }

  /** The entry that was found in order last. */
  get last(): Link {
    return this.#last
  }

  /** What is wrong before the first entry, if anything. */
  begin(): Fault | undefined {
    return this.#meetHeads()
  }

  /** What is wrong with the next entry, if anything. */
  next(entry: AuditEntry): Fault | undefined {
    const number = this.#last.number + 1
    if (entry.number !== number) return { number, text: 'The entry is not there' }
    if (entry.previous !== this.#last.hash)
      return { number, text: 'The entry does not follow the one before' }
    if (hashOfAny(entry) !== entry.hash) return { number, text: 'The entry is not as it was written' }
    this.#last = { number, hash: entry.hash }
    this.entries += 1
    return this.#meetHeads()
  }

  /** What is missing after the last entry, if anything. */
  end(): Fault | undefined {
    const [head] = this.#heads
    const number = this.#last.number + 1
    return head && { number, text: `The entry is not there, and the fleet signed up to ${head.number}` }
  }

  #meetHeads(): Fault | undefined {
    const { number, hash } = this.#last
    while (this.#heads[0]?.number === number) {
      if (this.#heads.shift()?.hash !== hash) return { number, text: 'Another entry was signed here' }
    }
    return undefined
  }
}
