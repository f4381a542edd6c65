import { setImmediate as breathe } from 'node:timers/promises'

/** After an outage all terminals tell at once: so many signs are judged before others have their turn. */
const atOnce = 50

/** What is to be judged, in the order in which it came. */
export class Signs {
  readonly #begin: () => void
  readonly #waiting: { readonly judge: () => void; readonly name: string | undefined }[] = []
  readonly #names = new Set<string>()

  /** `begin` has `judge` called, never twice at the same time. */
  constructor(begin: () => void) {
    this.#begin = begin
  }

  /** Takes in a sign. One that has the name of one that waits is the same. */
  add(judge: () => void, name?: string): void {
    if (name !== undefined && this.#names.has(name)) return
    if (name !== undefined) this.#names.add(name)
    this.#waiting.push({ judge, name })
    if (this.#waiting.length === 1) this.#begin()
  }

  /** Resolves when all are judged that came until then; `save` is called for each part of them. */
  async judge(save: () => Promise<void>, failed: (error: unknown) => void): Promise<void> {
    while (this.#waiting.length > 0) {
      for (const { judge, name } of this.#waiting.splice(0, atOnce)) {
        if (name !== undefined) this.#names.delete(name)
        try {
          judge()
        } catch (error) {
          failed(error)
        }
      }
      await save().catch(failed)
      await breathe()
    }
  }
}
