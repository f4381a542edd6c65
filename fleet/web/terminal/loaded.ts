import { type Answer, useAnswer } from '../answer.ts'
import { useTerminal } from './context.ts'

/** Asks the fleet as the page of a terminal does: whoever is signed out by then is asked to sign in. */
export const useLoaded = <T>(ask: () => Promise<T>, when: readonly unknown[]): Answer<T> =>
  useAnswer(ask, when, useTerminal().explain)
