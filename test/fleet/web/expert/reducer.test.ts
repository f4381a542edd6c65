import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command } from '../../../../fleet/api/schemas.ts'
import { type Action, reduce } from '../../../../fleet/web/expert/reducer.ts'
import {
  deskOf,
  initialState,
  isRunning,
  newDesk,
  type State,
  type Work,
} from '../../../../fleet/web/expert/state.ts'
import { createStore } from '../../../../fleet/web/expert/store.ts'
import { terminalOf } from '../../../support/village-terminals.ts'

const terminal = 'avyl-01'
const page = (artefact: string) => ({ artefact, width: 2480, height: 3508, dpi: 300 })

const command = (change: Partial<Command> = {}): Command => ({
  id: 'c1',
  terminal,
  name: 'scanner.scan',
  input: { source: 'flatbed' },
  state: 'running',
  actor: 'expert',
  issuedAt: 1,
  expiresAt: 100,
  updatedAt: 10,
  pages: [],
  ...change,
})

const after = (state: State, ...actions: Action[]): State => actions.reduce(reduce, state)
const scan: Work = { key: 'k', kind: 'scan', stage: 'asking', cancelling: false }
const begun = after(initialState('ru'), { type: 'work-begun', terminal, work: scan })
const asked = after(begun, {
  type: 'work',
  terminal,
  key: 'k',
  change: { stage: 'asked', command: 'c1' },
})
const artefacts = (state: State): string =>
  deskOf(state, terminal)
    .pages.list.map((one) => one.artefact)
    .join('')

const aScan = suite('a scan on the page')

aScan('answers at once: its picture is awaited before the fleet has spoken', () => {
  assert.is(deskOf(begun, terminal).view, 'live')
  assert.ok(isRunning(begun, scan))
})

aScan('lays its pages on the desk of its terminal alone', () => {
  const state = after(asked, { type: 'command', command: command({ pages: [page('a')] }) })
  assert.is(artefacts(state), 'a')
  assert.is(state.desks['avyl-02'], undefined)
})

aScan('lays a page down as soon as it is finished, and once', () => {
  const state = after(
    asked,
    { type: 'command', command: command() },
    { type: 'progress', command: 'c1', progress: { step: 'scanning', page: 2, finished: page('a') } },
    { type: 'command', command: command({ pages: [page('a')], updatedAt: 11 }) },
  )
  assert.is(artefacts(state), 'a')
})

aScan('shows the finished page from the glass, but goes on showing the feeder until its end', () => {
  const glass = after(asked, { type: 'command', command: command({ pages: [page('a')] }) })
  assert.is(deskOf(glass, terminal).view, 'a')
  const input = { source: 'feeder' }
  const feeder = after(asked, { type: 'command', command: command({ input, pages: [page('a')] }) })
  assert.is(deskOf(feeder, terminal).view, 'live')
  const ended = after(feeder, {
    type: 'command',
    command: command({ input, pages: [page('a'), page('b')], state: 'succeeded', updatedAt: 12 }),
  })
  assert.is(deskOf(ended, terminal).view, 'b')
})

aScan('whose news came before its answer still lays its pages down', () => {
  const early = after(
    begun,
    { type: 'command', command: command({ pages: [page('a')] }) },
    { type: 'work', terminal, key: 'k', change: { stage: 'asked', command: 'c1' } },
  )
  assert.is(artefacts(early), 'a')
})

aScan('of somebody else lays nothing on this desk', () => {
  const state = after(asked, { type: 'command', command: command({ id: 'c2', pages: [page('a')] }) })
  assert.is(artefacts(state), '')
})

aScan('that was refused shows the last page again', () => {
  const state = after(
    asked,
    { type: 'command', command: command({ pages: [page('a')], state: 'succeeded' }) },
    { type: 'work-begun', terminal, work: { ...scan, key: 'k2' } },
    { type: 'work-refused', terminal, key: 'k2', problem: 'unreachable' },
  )
  assert.is(deskOf(state, terminal).view, 'a')
  assert.is(deskOf(state, terminal).works.at(-1)?.problem, 'unreachable')
})
aScan.run()

const news = suite('news of a command')

news('that is older than what is known changes nothing', () => {
  const state = after(asked, { type: 'command', command: command() })
  assert.is(after(state, { type: 'command', command: command({ state: 'sent', updatedAt: 9 }) }), state)
})

news('never takes an outcome back', () => {
  const over = after(asked, { type: 'command', command: command({ state: 'succeeded' }) })
  assert.is(after(over, { type: 'command', command: command({ updatedAt: 99 }) }), over)
  const progress = { step: 'scanning' } as const
  assert.is(after(over, { type: 'progress', command: 'c1', progress }), over)
  assert.is(after(over, { type: 'progress', command: 'nobody', progress }), over)
})

news('of a late outcome is taken beside the one that stands, once', () => {
  const unknown = command({ state: 'unknown' })
  const over = after(asked, { type: 'command', command: unknown })
  const late = { ...unknown, late: { state: 'succeeded', at: 20 } } as const
  const told = after(over, { type: 'command', command: late })
  assert.equal(told.commands.c1, late)
  assert.is(after(told, { type: 'command', command: { ...late, late: { state: 'failed', at: 21 } } }), told)
})

news('that was overtaken by progress leaves the progress in place', () => {
  const state = after(
    asked,
    { type: 'command', command: command() },
    { type: 'progress', command: 'c1', progress: { step: 'scanning', percent: 60 } },
    { type: 'command', command: command({ updatedAt: 11 }) },
  )
  assert.is(state.commands.c1?.progress?.percent, 60)
})

news('of commands that are over and on no desk is not kept for ever', () => {
  let state = asked
  for (let count = 0; count < 100; count++) {
    state = after(state, { type: 'command', command: command({ id: `x${count}`, state: 'succeeded' }) })
  }
  assert.ok(Object.keys(state.commands).length <= 2)
})
news.run()

const aDesk = suite('a desk')
const laid = after(asked, {
  type: 'command',
  command: command({ pages: [page('a'), page('b'), page('c')], state: 'succeeded' }),
})

aDesk('is kept while another terminal is looked at', () => {
  const state = after(
    laid,
    { type: 'choose', terminal: 'avyl-02' },
    { type: 'scan-choice', terminal: 'avyl-02', choice: { dpi: 600 } },
    { type: 'choose', terminal },
  )
  assert.is(artefacts(state), 'abc')
  assert.is(deskOf(state, terminal).scan.dpi, undefined)
  assert.is(deskOf(state, 'avyl-02').scan.dpi, 600)
})

aDesk('shows the page that took the place of a deleted one, and a page that was brought back', () => {
  const shown = after(laid, { type: 'view', terminal, view: 'b' })
  const without = after(shown, { type: 'delete', terminal, artefact: 'b' })
  assert.is(deskOf(without, terminal).view, 'c')
  assert.is(deskOf(after(without, { type: 'undo', terminal }), terminal).view, 'b')
  const elsewhere = after(shown, { type: 'delete', terminal, artefact: 'a' })
  assert.is(deskOf(elsewhere, terminal).view, 'b')
})

aDesk('moves and turns its pages', () => {
  const state = after(
    laid,
    { type: 'move', terminal, artefact: 'c', to: 0 },
    { type: 'turn', terminal, artefact: 'c', by: 90 },
  )
  assert.is(artefacts(state), 'cab')
  assert.is(deskOf(state, terminal).pages.list[0]?.rotate, 90)
})

aDesk('claims that its pages are saved until one of them changes or comes', () => {
  const save: Work = { key: 's', kind: 'save', stage: 'saved', document: 'd', cancelling: false }
  const saved = after(laid, { type: 'work-begun', terminal, work: save })
  const claims = (...actions: Action[]) =>
    deskOf(after(saved, ...actions), terminal).works.some(({ kind }) => kind === 'save')
  assert.ok(claims({ type: 'view', terminal, view: 'b' }, { type: 'move', terminal, artefact: 'a', to: 0 }))
  assert.not(claims({ type: 'turn', terminal, artefact: 'a', by: 90 }))
  assert.not(claims({ type: 'delete', terminal, artefact: 'a' }))
  const more = command({ id: 'c2', pages: [page('d')], state: 'succeeded' })
  const again: Work = { ...scan, key: 'k2', stage: 'asked', command: 'c2' }
  assert.not(claims({ type: 'work-begun', terminal, work: again }, { type: 'command', command: more }))
})

aDesk('keeps a print that still runs beside a new one, and drops one that ended', () => {
  const print = (key: string): Work => ({
    key,
    kind: 'print',
    stage: 'asked',
    command: key,
    cancelling: false,
  })
  const keys = (state: State) => deskOf(state, terminal).works.map((work) => work.key)
  const both = after(
    laid,
    { type: 'work-begun', terminal, work: print('p1') },
    { type: 'work-begun', terminal, work: print('p2') },
  )
  assert.equal(keys(both), ['k', 'p1', 'p2'])
  const third = after(
    both,
    { type: 'command', command: command({ id: 'p1', name: 'printer.print', state: 'succeeded' }) },
    { type: 'work-begun', terminal, work: print('p3') },
    { type: 'work-dismissed', terminal, key: 'k' },
  )
  assert.equal(keys(third), ['p2', 'p3'])
})

aDesk('remembers what to print and copy with', () => {
  const state = after(
    laid,
    { type: 'print-choice', terminal, choice: { copies: 3, range: '1-2' } },
    { type: 'copy-choice', terminal, choice: { mode: 'colour' } },
  )
  assert.equal(deskOf(state, terminal).print, { ...newDesk.print, copies: 3, range: '1-2' })
  assert.is(deskOf(state, terminal).copy.mode, 'colour')
})

aDesk('outlives a session that ended by itself, and is seen by nobody else', () => {
  const expert = { user: 'expert', role: 'expert' }
  const mine = after(
    initialState('ru'),
    { type: 'session', session: expert },
    { type: 'choose', terminal },
    {
      type: 'print-choice',
      terminal,
      choice: { copies: 2 },
    },
  )
  const ended = after(mine, { type: 'session', session: null })
  assert.is(deskOf(after(ended, { type: 'session', session: expert }), terminal).print.copies, 2)
  const other = after(ended, { type: 'session', session: { user: 'other', role: 'expert' } })
  assert.equal(other.desks, {})
  assert.is(other.chosen, undefined)
})
aDesk.run()

const theList = suite('the list of terminals')

theList('is taken whole and then changed one by one', () => {
  const state = after(
    initialState('ru'),
    { type: 'terminals', terminals: [terminalOf('avyl-01', 'Бахта')] },
    { type: 'terminal', terminal: terminalOf('avyl-01', 'Бахта', { state: 'offline' }) },
    { type: 'terminal', terminal: terminalOf('avyl-02', 'Дружба') },
  )
  assert.is(state.terminals?.['avyl-01']?.state, 'offline')
  assert.equal(Object.keys(state.terminals ?? {}), ['avyl-01', 'avyl-02'])
})
theList.run()

const theStore = suite('the store')

theStore('tells its listeners of changes alone', () => {
  const store = createStore(initialState('ru'))
  let calls = 0
  store.subscribe(() => calls++)
  store.dispatch({ type: 'link', link: 'lost' })
  store.dispatch({ type: 'progress', command: 'nobody', progress: { step: 'scanning' } })
  store.dispatch({ type: 'language', language: 'tt' })
  store.dispatch({ type: 'restored', desks: {}, chosen: 'avyl-02' })
  assert.is(calls, 3)
  assert.is(store.state().language, 'tt')
  assert.is(store.state().chosen, 'avyl-02')
})
theStore.run()
