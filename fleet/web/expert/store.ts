import { type Action, reduce } from './reducer.ts'
import type { State } from './state.ts'

/** Holds what the page shows; changes only by actions. */
export interface Store {
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  /** Calls back after each change. */
  readonly subscribe: (listener: () => void) => void
}

export const createStore = (first: State): Store => {
  let state = first
  const listeners: (() => void)[] = []
  return {
    state: () => state,
    dispatch: (action) => {
      const next = reduce(state, action)
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}
