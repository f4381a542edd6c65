import { useState } from 'preact/hooks'
import { type Answer, useAnswer } from '../answer.ts'
import { useOps } from './context.ts'

/** What a view asked the fleet for alone. */
export interface Asked<T> extends Pick<Answer<T>, 'value' | 'problem'> {
  readonly again: () => void
}

/** Asks once for each key, and again when it is told to. */
export const useAsked = <T>(question: () => Promise<T>, key: string): Asked<T> => {
  const { tell } = useOps()
  const [turn, setTurn] = useState(0)
  const { value, problem } = useAnswer(question, [key, turn], tell)
  return { value, problem, again: () => setTurn((one) => one + 1) }
}
