import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Permission } from '../../auth/permissions.ts'
import type { Api, Session } from '../api.ts'
import type { HealthApi } from '../health-api.ts'
import type { Language } from '../i18n/texts.ts'
import type { IncidentApi } from '../incident-api.ts'
import type { Row } from './rows.ts'
import type { Action, Part, State } from './state.ts'
import type { OpsTranslate } from './texts.ts'

/** What every part of the ops pages needs. */
export interface Ops {
  readonly api: Api
  readonly health: HealthApi
  readonly incidents: IncidentApi
  readonly session: Session
  readonly state: State
  /** Every terminal that is not retired, the worst first. */
  readonly rows: readonly Row[]
  readonly language: Language
  readonly t: OpsTranslate
  readonly dispatch: (action: Action) => void
  /** Whether the one who is signed in may do this. */
  readonly may: (permission: Permission) => boolean
  /** Asks the fleet for one part again. */
  readonly ask: (part: Part) => void
  /** A refusal in words. */
  readonly tell: (problem: unknown) => string
}

export const OpsContext = createContext<Ops | undefined>(undefined)

export const useOps = (): Ops => {
  const ops = useContext(OpsContext)
  if (ops === undefined) throw new Error('A part of the ops pages stands outside of them')
  return ops
}
