import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Command, Terminal } from '../../api/schemas.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { Api } from '../api.ts'
import type { HealthApi, TimeRange } from '../health-api.ts'
import type { Language } from '../i18n/texts.ts'
import type { View } from './range.ts'
import type { TerminalTranslate } from './texts.ts'
import type { Works } from './works.ts'

/** What every part of the page of a terminal needs. */
export interface TerminalPage {
  readonly api: Api
  readonly health: HealthApi
  readonly language: Language
  readonly t: TerminalTranslate
  readonly may: (permission: Permission) => boolean
  readonly terminal: Terminal
  /** The newest commands, as they stand. */
  readonly commands: readonly Command[]
  readonly works: Works
  /** Now, to the half minute, in milliseconds. */
  readonly now: number
  readonly view: View
  readonly look: (view: View) => void
  readonly range: TimeRange
  /** Grows whenever something of the terminal may be other than it was. */
  readonly changes: number
  /** Looks at the clock and at all that may have changed. */
  readonly refresh: () => void
  /** Says what has gone wrong; whoever is signed out is asked to sign in. */
  readonly explain: (problem: unknown) => string
}

export const TerminalContext = createContext<TerminalPage | undefined>(undefined)

export const useTerminal = (): TerminalPage => {
  const page = useContext(TerminalContext)
  if (page === undefined) throw new Error('A part of the page stands outside of it')
  return page
}
