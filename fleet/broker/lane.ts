/**
 * Runs tasks one after the other in the order in which they came, so that a terminal's reports are stored as it sent
 * them. INVARIANT: a task begins only when the one before it has settled; a failed task does not stop the next.
 */
export class Lane {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task)
    this.#last = result.catch(() => {})
    return result
  }

  /** Resolves when everything that was begun is over. */
  async idle(): Promise<void> {
    await this.#last
  }
}
