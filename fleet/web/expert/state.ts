import type { Duplex } from '../../../protocol/capabilities/printer.ts'
import type { ScanMode, ScanSource } from '../../../protocol/capabilities/scanner.ts'
import type { CleanUp } from '../../../protocol/configuration.ts'
import type { FinalState } from '../../../protocol/messages.ts'
import type { CommandDefaults } from '../../api/configuration-schemas.ts'
import type { Command, ProblemCode, Terminal } from '../../api/schemas.ts'
import type { Session } from '../api.ts'
import type { Language } from '../i18n/texts.ts'
import type { Link } from '../link.ts'
import { noPages, type Pages } from './pages.ts'

export interface ScanChoice {
  readonly source: ScanSource
  readonly dpi: number
  readonly mode: ScanMode
  readonly cleanUp: CleanUp
}

/** What the page remembers of a chosen file; its bytes stay with the browser. */
export interface FileChoice {
  readonly name: string
  readonly size: number
}

export interface PrintChoice {
  readonly from: 'pages' | 'file'
  readonly file?: FileChoice
  readonly copies: number
  readonly duplex: Duplex
  readonly range: string
  readonly colour: boolean
}

/** What of a print the configuration says where nobody does. */
type Configured = 'duplex' | 'colour'

export interface CopyChoice {
  readonly source: ScanSource
  readonly copies: number
  readonly mode: ScanMode
  readonly duplex: Duplex
}

export type WorkKind = 'scan' | 'print' | 'copy' | 'save'

/** One thing the expert asked for, from the press of the button until it is put aside. */
export interface Work {
  /** Made by the page; sent as the idempotency key, so that asking again cannot do it twice. */
  readonly key: string
  readonly kind: WorkKind
  /** `preparing` makes the document, `asking` waits for the fleet's answer, `asked` has a command. */
  readonly stage: 'preparing' | 'asking' | 'asked' | 'saved' | 'refused'
  readonly command?: string
  readonly problem?: ProblemCode | 'unreachable'
  readonly cancelling: boolean
  /** The document that was saved. */
  readonly document?: string
}

/** What lies before the expert for one terminal; kept while another one is looked at. */
export interface Desk {
  readonly pages: Pages
  /** The page that is shown large: its artefact, or the one being scanned. */
  readonly view: string | 'live' | undefined
  /** What somebody chose; the rest is as the terminal is configured. */
  readonly scan: Partial<ScanChoice>
  readonly print: Omit<PrintChoice, Configured> & Partial<Pick<PrintChoice, Configured>>
  readonly copy: CopyChoice
  readonly works: readonly Work[]
}

export const newDesk: Desk = {
  pages: noPages,
  view: undefined,
  scan: {},
  print: { from: 'pages', copies: 1, range: '' },
  copy: { source: 'flatbed', copies: 1, mode: 'grey', duplex: 'none' },
  works: [],
}

/** All that the page shows. */
export interface State {
  readonly language: Language
  /** `undefined` until the fleet has said whether somebody is signed in. */
  readonly session: Session | null | undefined
  /** Whose desks these are: they outlive a session that ended by itself, but nobody else sees them. */
  readonly owner: string | undefined
  readonly link: Link
  /** `undefined` until the first list came. */
  readonly terminals: Readonly<Record<string, Terminal>> | undefined
  readonly commands: Readonly<Record<string, Command>>
  readonly chosen: string | undefined
  /** How terminals are configured, as far as it was asked. */
  readonly defaults: Readonly<Record<string, CommandDefaults>>
  readonly desks: Readonly<Record<string, Desk>>
}

export const initialState = (language: Language): State => ({
  language,
  session: undefined,
  owner: undefined,
  link: 'connecting',
  terminals: undefined,
  commands: {},
  chosen: undefined,
  defaults: {},
  desks: {},
})

const final: Readonly<Record<FinalState, true>> = {
  succeeded: true,
  failed: true,
  rejected: true,
  expired: true,
  cancelled: true,
  unknown: true,
}

/** Whether a command is over. */
export const isOver = (command: Command): boolean => Object.hasOwn(final, command.state)

/**
 * Whether what is told of a command is news: not older than what is known. An outcome is never taken back, but another
 * one may be named beside it.
 */
export const isNews = (known: Command | undefined, told: Command): boolean => {
  if (known === undefined) return true
  if (isOver(known)) return known.late === undefined && told.late !== undefined
  return told.updatedAt >= known.updatedAt
}

/** The desk of a terminal, a fresh one where nothing was done yet. */
export const deskOf = (state: State, terminal: string): Desk => state.desks[terminal] ?? newDesk

/** The command that a work became, where the fleet has spoken of it. */
export const commandOf = (state: State, work: Work): Command | undefined =>
  work.command === undefined ? undefined : state.commands[work.command]

/** Whether a work still goes on. */
export const isRunning = (state: State, work: Work): boolean => {
  if (work.stage === 'preparing' || work.stage === 'asking') return true
  if (work.stage !== 'asked') return false
  const command = commandOf(state, work)
  return command === undefined || !isOver(command)
}
