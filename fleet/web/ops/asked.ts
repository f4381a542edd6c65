import { useEffect, useState } from 'preact/hooks'
import { useOps } from './context.ts'

/** What a view asked the fleet for alone. */
export interface Asked<T> {
  readonly value: T | undefined
  /** Why it is not there, in words. */
  readonly wrong: string | undefined
  readonly again: () => void
}

/** Asks once for each key, and again when it is told to; of several answers the one to the newest question counts. */
export const useAsked = <T>(question: () => Promise<T>, key: string): Asked<T> => {
  const { tell } = useOps()
  const [turn, setTurn] = useState(0)
  const [answer, setAnswer] = useState<{ readonly value?: T; readonly wrong?: string }>({})
  useEffect(() => {
    let current = true
    question().then(
      (value) => current && setAnswer({ value }),
      (problem: unknown) => current && setAnswer((before) => ({ ...before, wrong: tell(problem) })),
    )
    return () => {
      current = false
    }
  }, [key, turn])
  return { value: answer.value, wrong: answer.wrong, again: () => setTurn((one) => one + 1) }
}
