import type { Database } from '../store/database.ts'

type Write = (database: Database) => Promise<void>

interface Waiting {
  readonly write: Write
  readonly done: () => void
  readonly failed: (reason: unknown) => void
}

/**
 * Writes of many terminals in few transactions: what comes while one commits goes together into the next, so 700 that
 * return at once cost little more than one. Keeps their order; each resolves when it is durable.
 */
export class Writes {
  readonly #database: Database
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Resolves when the write is in the store, rejects when it failed. */
  take(write: Write): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ write, done, failed })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything taken so far is over. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // The rest of this turn of the loop may bring more.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      await this.#together(batch).catch(() => this.#oneByOne(batch))
    }
    this.#running = undefined
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const { write } of batch) await write(transaction)
    })
    for (const { done } of batch) done()
  }

  /** A write that fails takes no other one with it. */
  async #oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const { write, done, failed } of batch) {
      await this.#database
        .transaction()
        .execute((transaction) => write(transaction))
        .then(done, failed)
    }
  }
}
