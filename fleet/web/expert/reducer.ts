import type { Progress } from '../../../protocol/messages.ts'
import type { CommandDefaults } from '../../api/configuration-schemas.ts'
import type { Command, ProblemCode, Terminal } from '../../api/schemas.ts'
import type { Session } from '../api.ts'
import type { Language } from '../i18n/texts.ts'
import type { Link } from '../link.ts'
import { addPages, deletePage, movePage, turnPage, undoPages } from './pages.ts'
import {
  type CopyChoice,
  type Desk,
  deskOf,
  isNews,
  isOver,
  isRunning,
  type PrintChoice,
  type ScanChoice,
  type State,
  type Work,
} from './state.ts'

/** Everything that can change what the page shows. */
export type Action =
  | { type: 'restored'; desks: State['desks']; chosen: string | undefined }
  | { type: 'language'; language: Language }
  | { type: 'session'; session: Session | null }
  | { type: 'link'; link: Link }
  | { type: 'terminals'; terminals: readonly Terminal[] }
  | { type: 'terminal'; terminal: Terminal }
  | { type: 'command'; command: Command }
  | { type: 'progress'; command: string; progress: Progress }
  | { type: 'choose'; terminal: string }
  | { type: 'defaults'; terminal: string; defaults: CommandDefaults }
  | { type: 'scan-choice'; terminal: string; choice: Partial<ScanChoice> }
  | { type: 'print-choice'; terminal: string; choice: Partial<PrintChoice> }
  | { type: 'copy-choice'; terminal: string; choice: Partial<CopyChoice> }
  | { type: 'view'; terminal: string; view: string }
  | { type: 'move'; terminal: string; artefact: string; to: number }
  | { type: 'turn'; terminal: string; artefact: string; by: 90 | -90 }
  | { type: 'delete'; terminal: string; artefact: string }
  | { type: 'undo'; terminal: string }
  | { type: 'work-begun'; terminal: string; work: Work }
  | { type: 'work'; terminal: string; key: string; change: Partial<Work> }
  | { type: 'work-refused'; terminal: string; key: string; problem: ProblemCode | 'unreachable' }
  | { type: 'work-dismissed'; terminal: string; key: string }

const withDesk = (state: State, terminal: string, change: (desk: Desk) => Desk): State => ({
  ...state,
  desks: { ...state.desks, [terminal]: change(deskOf(state, terminal)) },
})

const withSession = (state: State, session: Session | null): State => {
  if (session === null || session.user === state.owner) return { ...state, session }
  return { ...state, session, owner: session.user, desks: {}, chosen: undefined }
}

/** After its pages change, a desk no longer claims that they are saved. */
const withPages = (desk: Desk, pages: Desk['pages'], view: Desk['view']): Desk =>
  pages === desk.pages
    ? desk
    : { ...desk, pages, view, works: desk.works.filter((work) => work.stage !== 'saved') }

const withWork = (desk: Desk, key: string, change: Partial<Work>): Desk => ({
  ...desk,
  works: desk.works.map((work) => (work.key === key ? { ...work, ...change } : work)),
})

/** The page to show after the shown one is gone: the one that took its place, or the last. */
const viewAfterDelete = (desk: Desk, artefact: string, list: Desk['pages']['list']): Desk['view'] => {
  if (desk.view !== artefact) return desk.view
  const place = desk.pages.list.findIndex((page) => page.artefact === artefact)
  return (list[place] ?? list.at(-1))?.artefact
}

/** Lays the finished pages of a scan on its desk, and shows the newest unless more are to come. */
const withPagesOf = (state: State, command: Command): State => {
  const desk = state.desks[command.terminal]
  const work = desk?.works.find((one) => one.command === command.id && one.kind === 'scan')
  if (desk === undefined || work === undefined) return state
  const finished = command.progress?.finished
  const pages = addPages(desk.pages, finished === undefined ? command.pages : [...command.pages, finished])
  const more = !isOver(command) && (command.input as Partial<ScanChoice> | null)?.source === 'feeder'
  const arrived = pages !== desk.pages
  const view =
    desk.view === 'live' && (isOver(command) || (arrived && !more)) ? pages.list.at(-1)?.artefact : desk.view
  return arrived || view !== desk.view
    ? withDesk(state, command.terminal, () => ({ ...withPages(desk, pages, view), view }))
    : state
}

const withCommand = (state: State, command: Command): State => {
  const known = state.commands[command.id]
  if (!isNews(known, command)) return state
  const kept = Object.entries(state.commands).filter(([, one]) => !isOver(one) || isOnDesk(state, one))
  // Progress comes on another stream than states and may overtake one.
  const progress = command.progress ?? (command.state === 'running' ? known?.progress : undefined)
  const told = progress === undefined ? command : { ...command, progress }
  const next = { ...state, commands: { ...Object.fromEntries(kept), [command.id]: told } }
  return withPagesOf(next, told)
}

const isOnDesk = (state: State, command: Command): boolean =>
  state.desks[command.terminal]?.works.some((work) => work.command === command.id) === true

/** What the page shows after an action; pure. */
export const reduce = (state: State, action: Action): State => {
  switch (action.type) {
    case 'restored':
      return { ...state, desks: action.desks, chosen: action.chosen }
    case 'language':
      return { ...state, language: action.language }
    case 'session':
      return withSession(state, action.session)
    case 'link':
      return { ...state, link: action.link }
    case 'terminals':
      return { ...state, terminals: Object.fromEntries(action.terminals.map((one) => [one.id, one])) }
    case 'terminal':
      return { ...state, terminals: { ...state.terminals, [action.terminal.id]: action.terminal } }
    case 'command':
      return withCommand(state, action.command)
    case 'progress': {
      const command = state.commands[action.command]
      if (command === undefined || isOver(command)) return state
      return withCommand(state, { ...command, progress: action.progress })
    }
    case 'choose':
      return { ...state, chosen: action.terminal }
    case 'defaults':
      return { ...state, defaults: { ...state.defaults, [action.terminal]: action.defaults } }
    case 'scan-choice':
      return withDesk(state, action.terminal, (desk) => ({
        ...desk,
        scan: { ...desk.scan, ...action.choice },
      }))
    case 'print-choice':
      return withDesk(state, action.terminal, (desk) => ({
        ...desk,
        print: { ...desk.print, ...action.choice },
      }))
    case 'copy-choice':
      return withDesk(state, action.terminal, (desk) => ({
        ...desk,
        copy: { ...desk.copy, ...action.choice },
      }))
    case 'view':
      return withDesk(state, action.terminal, (desk) => ({ ...desk, view: action.view }))
    case 'move':
      return withDesk(state, action.terminal, (desk) =>
        withPages(desk, movePage(desk.pages, action.artefact, action.to), desk.view),
      )
    case 'turn':
      return withDesk(state, action.terminal, (desk) =>
        withPages(desk, turnPage(desk.pages, action.artefact, action.by), desk.view),
      )
    case 'delete':
      return withDesk(state, action.terminal, (desk) => {
        const pages = deletePage(desk.pages, action.artefact)
        return withPages(desk, pages, viewAfterDelete(desk, action.artefact, pages.list))
      })
    case 'undo':
      return withDesk(state, action.terminal, (desk) => {
        const pages = undoPages(desk.pages)
        const back = pages.list.find((page) => !desk.pages.list.some((one) => one.artefact === page.artefact))
        return withPages(desk, pages, back?.artefact ?? desk.view)
      })
    case 'work-begun':
      return withDesk(state, action.terminal, (desk) => ({
        ...desk,
        view: action.work.kind === 'scan' ? 'live' : desk.view,
        works: [
          ...desk.works.filter((work) => work.kind !== action.work.kind || isRunning(state, work)),
          action.work,
        ],
      }))
    case 'work': {
      const next = withDesk(state, action.terminal, (desk) => withWork(desk, action.key, action.change))
      const command = action.change.command === undefined ? undefined : next.commands[action.change.command]
      return command === undefined ? next : withPagesOf(next, command)
    }
    case 'work-refused':
      return withDesk(state, action.terminal, (desk) => ({
        ...withWork(desk, action.key, { stage: 'refused', problem: action.problem }),
        view: desk.view === 'live' ? desk.pages.list.at(-1)?.artefact : desk.view,
      }))
    case 'work-dismissed':
      return withDesk(state, action.terminal, (desk) => ({
        ...desk,
        works: desk.works.filter((work) => work.key !== action.key),
      }))
  }
}
