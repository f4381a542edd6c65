import { createNews, type News } from './news.ts'
import type { IdentityStore, StoredIdentity } from './store.ts'

/** What this terminal knows of itself, as it is on the disk. */
export interface IdentityRecord {
  readonly present: StoredIdentity
  /** One change after another; each is on the disk when it resolves, and is told only then. */
  change(update: (present: StoredIdentity) => StoredIdentity): Promise<void>
  /** Calls `listener` after each change, before the news of it. */
  watch(listener: () => void): void
  readonly news: News
}

/** The record that `store` keeps. */
export const createRecord = (store: IdentityStore): IdentityRecord => {
  const news = createNews()
  const listeners: (() => void)[] = []
  let present = store.load()
  let turn: Promise<void> = Promise.resolve()

  const change = async (update: (present: StoredIdentity) => StoredIdentity) => {
    const next = update(present)
    if (next === present) return
    await store.save(next)
    present = next
    for (const listener of listeners) listener()
    news.tell()
  }
  return {
    get present() {
      return present
    },
    change(update) {
      turn = turn.catch(() => {}).then(() => change(update))
      return turn
    },
    watch(listener) {
      listeners.push(listener)
    },
    news,
  }
}
