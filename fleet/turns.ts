/** Lets acts on one key happen one after another, in the order in which they came; other keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves or rejects as `act` does, once its turn has come. */
  take<T>(key: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const turn = before ? before.then(act) : act()
    const over: Promise<void> = turn.then(
      () => this.#leave(key, over),
      () => this.#leave(key, over),
    )
    this.#last.set(key, over)
    return turn
  }

  /** Resolves when every act taken so far is over. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }

  #leave(key: string, over: Promise<void>): void {
    if (this.#last.get(key) === over) this.#last.delete(key)
  }
}
