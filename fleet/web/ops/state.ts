import type { Morning, Village } from '../../api/health-schemas.ts'
import type { AlertRule, Colleague, Incident } from '../../api/incident-schemas.ts'
import type { Terminal } from '../../api/schemas.ts'
import type { ApiProblem } from '../api.ts'
import type { Link } from '../link.ts'

/** What the pages ask the fleet for beside the terminals; each may fail alone. */
export type Part = 'morning' | 'villages' | 'incidents' | 'rules' | 'colleagues'

/** All that the ops pages know of the fleet. */
export interface State {
  readonly link: Link
  /** Since when all that is shown has been followed as it happens. */
  readonly liveSince: number | undefined
  /** `undefined` until the first list came. */
  readonly terminals: Readonly<Record<string, Terminal>> | undefined
  readonly villages: Readonly<Record<string, Village>>
  readonly morning: Morning | undefined
  readonly incidents: Readonly<Record<string, Incident>> | undefined
  readonly rules: Readonly<Record<string, AlertRule>>
  /** Names by id of those who deal with incidents. */
  readonly colleagues: Readonly<Record<string, string>>
  /** Why a part is not there. */
  readonly problems: Readonly<Partial<Record<Part, ApiProblem['code']>>>
}

export const initialState: State = {
  link: 'connecting',
  liveSince: undefined,
  terminals: undefined,
  villages: {},
  morning: undefined,
  incidents: undefined,
  rules: {},
  colleagues: {},
  problems: {},
}

export type Action =
  | { type: 'link'; link: Link; at: number }
  | { type: 'terminals'; terminals: readonly Terminal[] }
  | { type: 'villages'; villages: readonly Village[] }
  | { type: 'morning'; morning: Morning }
  | { type: 'incidents'; incidents: readonly Incident[] }
  | { type: 'rules'; rules: readonly AlertRule[] }
  | { type: 'colleagues'; colleagues: readonly Colleague[] }
  | { type: 'failed'; part: Part; code: ApiProblem['code'] }
  /** What was told in a short while, the newest last. */
  | { type: 'heard'; terminals: readonly Terminal[]; incidents: readonly Incident[] }

const byId = <T extends { readonly id: string }>(list: readonly T[]): Record<string, T> =>
  Object.fromEntries(list.map((one) => [one.id, one]))

const without = (problems: State['problems'], part: Part): State['problems'] =>
  problems[part] === undefined ? problems : { ...problems, [part]: undefined }

/** What the pages know after an action; pure. */
export const reduce = (state: State, action: Action): State => {
  switch (action.type) {
    case 'link':
      if (action.link === state.link) return state
      return { ...state, link: action.link, liveSince: action.link === 'live' ? action.at : undefined }
    case 'terminals':
      return { ...state, terminals: byId(action.terminals) }
    case 'villages':
      return {
        ...state,
        villages: Object.fromEntries(action.villages.map((village) => [village.name, village])),
        problems: without(state.problems, 'villages'),
      }
    case 'morning':
      return { ...state, morning: action.morning, problems: without(state.problems, 'morning') }
    case 'incidents':
      return {
        ...state,
        incidents: byId(action.incidents),
        problems: without(state.problems, 'incidents'),
      }
    case 'rules':
      return { ...state, rules: byId(action.rules), problems: without(state.problems, 'rules') }
    case 'colleagues':
      return { ...state, colleagues: Object.fromEntries(action.colleagues.map(({ id, name }) => [id, name])) }
    case 'failed':
      return { ...state, problems: { ...state.problems, [action.part]: action.code } }
    case 'heard':
      return {
        ...state,
        ...(action.terminals.length > 0 && {
          terminals: { ...state.terminals, ...byId(action.terminals) },
        }),
        ...(action.incidents.length > 0 && {
          incidents: { ...state.incidents, ...byId(action.incidents) },
        }),
      }
  }
}
