import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Incident } from '../../../../fleet/api/incident-schemas.ts'
import type { Terminal } from '../../../../fleet/api/schemas.ts'
import { incidentTone, unresolved, worstIncidentFirst } from '../../../../fleet/web/ops/incident-order.ts'
import { ageText, dayText, lengthText, shareText } from '../../../../fleet/web/ops/moments.ts'
import { type Action, initialState, reduce, type State } from '../../../../fleet/web/ops/state.ts'
import { opsTranslator } from '../../../../fleet/web/ops/texts.ts'

const after = (...actions: readonly Action[]): State => actions.reduce(reduce, initialState)
const terminal = (id: string, state: Terminal['state'] = 'online'): Terminal => ({
  ...{ id, state, village: id, since: 1, capabilities: {} },
})
const incident = (id: string, more: Partial<Incident> = {}): Incident => ({
  id,
  rule: 'offline',
  title: { ru: 'а', tt: 'а', en: 'a' },
  severity: 'page',
  state: 'open',
  terminals: [],
  villages: [],
  openedAt: 1,
  flapping: false,
  notes: [],
  ...more,
})

const thePages = suite('what the ops pages know')

thePages('is live since the stream and the catching up are there, and not when it is cut', () => {
  const live = after({ type: 'link', link: 'live', at: 7 })
  assert.is(live.liveSince, 7)
  assert.is(reduce(live, { type: 'link', link: 'live', at: 9 }), live, 'still live since then')
  assert.is(reduce(live, { type: 'link', link: 'lost', at: 9 }).liveSince, undefined)
})

thePages('takes several changes at once, the newest last', () => {
  const state = after(
    { type: 'terminals', terminals: [terminal('a'), terminal('b')] },
    {
      type: 'heard',
      terminals: [terminal('a', 'suspect'), terminal('a', 'offline')],
      incidents: [incident('i')],
    },
  )
  assert.is(state.terminals?.a?.state, 'offline')
  assert.is(state.terminals?.b?.state, 'online')
  assert.equal(Object.keys(state.incidents ?? {}), ['i'])
})

thePages('know why a part is not there, until it comes', () => {
  const failed = after({ type: 'failed', part: 'morning', code: 'internal' })
  assert.is(failed.problems.morning, 'internal')
  const morning = { from: 0, until: 1, terminals: [], fleet: {}, forecasts: [], silent: [] }
  assert.is(reduce(failed, { type: 'morning', morning }).problems.morning, undefined)
  const others = after(
    { type: 'villages', villages: [{ name: 'A', district: 'B' }] },
    { type: 'incidents', incidents: [incident('i')] },
    { type: 'rules', rules: [] },
    { type: 'colleagues', colleagues: [{ id: 'u', name: 'operator' }] },
  )
  assert.is(others.villages.A?.district, 'B')
  assert.ok(others.incidents?.i)
  assert.is(others.colleagues.u, 'operator')
})
thePages.run()

const incidents = suite('incidents')

incidents('stand with what nobody has first, then the gravest, then the oldest', () => {
  const list = [
    incident('young', { openedAt: 5 }),
    incident('mild', { severity: 'warn' }),
    incident('taken', { state: 'acknowledged' }),
    incident('note', { severity: 'info' }),
    incident('old'),
    incident('closed', { state: 'resolved' }),
  ]
  assert.equal(
    unresolved(list).map(({ id }) => id),
    ['old', 'young', 'mild', 'note', 'taken'],
  )
  const closed = [
    incident('x', { state: 'resolved', resolvedAt: 1 }),
    incident('y', { state: 'resolved', resolvedAt: 2 }),
  ].toSorted(worstIncidentFirst)
  assert.is(closed[0]?.id, 'y')
})

incidents('have a shape each', () => {
  assert.is(incidentTone(incident('a')), 'bad')
  assert.is(incidentTone(incident('a', { severity: 'warn' })), 'warn')
  assert.is(incidentTone(incident('a', { severity: 'info' })), 'quiet')
  assert.is(incidentTone(incident('a', { state: 'resolved' })), 'good')
})

incidents.run()

const words = suite('times and shares in words')
const t = opsTranslator('en')

words('name the two largest units', () => {
  const seconds = [-5, 42, 90, 3600, 5400, 86_400, 100_000, 8 * 86_400 + 7200]
  assert.equal(
    seconds.map((length) => lengthText(t, length)),
    ['0 s', '42 s', '2 min', '1 h', '1 h 30 min', '1 d', '1 d 3 h', '8 d'],
  )
  assert.is(ageText(t, 1000, 61_000), '1 min')
})

words('call nothing whole that is not', () => {
  assert.is(shareText(1, 'en'), '100%')
  assert.is(shareText(0.99999, 'en'), '99.9%')
  assert.is(shareText(0.984, 'en'), '98.4%')
})

words('name the day in each language', () => {
  const day = new Date(2026, 10, 22).getTime()
  assert.is(dayText(opsTranslator('ru'), day), '22 ноября')
  assert.is(dayText(opsTranslator('tt'), day), '22 ноябрь')
})
words.run()
