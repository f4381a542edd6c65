import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Api } from '../api.ts'
import type { Translate } from '../i18n/texts.ts'
import type { Acts } from './acts.ts'
import type { LivePictures } from './live-picture.ts'
import type { Action } from './reducer.ts'
import type { State } from './state.ts'

/** What every part of the page needs. */
export interface Expert {
  readonly state: State
  readonly dispatch: (action: Action) => void
  readonly acts: Acts
  readonly api: Api
  readonly pictures: LivePictures
  readonly t: Translate
  /** Says a sentence to people who do not see the page. */
  readonly say: (text: string) => void
}

export const ExpertContext = createContext<Expert | undefined>(undefined)

export const useExpert = (): Expert => {
  const expert = useContext(ExpertContext)
  if (expert === undefined) throw new Error('A part of the page stands outside of it')
  return expert
}
