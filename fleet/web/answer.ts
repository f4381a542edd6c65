import { useEffect, useRef, useState } from 'preact/hooks'

/** What a page asked the fleet for: the newest answer, and why there is none, in words. */
export interface Answer<T> {
  readonly value: T | undefined
  readonly problem: string | undefined
  /** Puts in what is known already, until the fleet is asked again. */
  readonly put: (value: T) => void
}

/**
 * Asks the fleet, and again whenever one of `when` changes; the answer before stays until the next one is there, and of
 * several the one to the newest question counts. `explain` puts a problem into words.
 */
export const useAnswer = <T>(
  ask: () => Promise<T>,
  when: readonly unknown[],
  explain: (problem: unknown) => string,
): Answer<T> => {
  const [state, setState] = useState<{ value?: T; problem?: string }>({})
  const newest = useRef(0)
  useEffect(() => {
    const asking = ++newest.current
    ask().then(
      (value) => asking === newest.current && setState({ value }),
      (problem: unknown) =>
        asking === newest.current &&
        setState(({ value }) => ({ ...(value !== undefined && { value }), problem: explain(problem) })),
    )
    return () => {
      newest.current += 1
    }
  }, when)
  return { value: state.value, problem: state.problem, put: (value) => setState({ value }) }
}
