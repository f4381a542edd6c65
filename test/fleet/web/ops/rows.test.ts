import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Morning, Village } from '../../../../fleet/api/health-schemas.ts'
import type { Terminal } from '../../../../fleet/api/schemas.ts'
import {
  districtsOf,
  type FleetFilter,
  filtered,
  filterOf,
  queryOf,
} from '../../../../fleet/web/ops/fleet-filter.ts'
import { hashOf, placeOf } from '../../../../fleet/web/ops/place.ts'
import { needsLook, rowsOf, soonest } from '../../../../fleet/web/ops/rows.ts'
import { windowOf } from '../../../../fleet/web/ops/windowed.ts'

const terminal = (id: string, more: Partial<Terminal> = {}): Terminal => ({
  id,
  village: id.toUpperCase(),
  state: 'online',
  since: 1000,
  capabilities: {},
  ...more,
})
const told = (
  id: string,
  more: Partial<Morning['terminals'][number]> = {},
): Morning['terminals'][number] => ({
  terminal: id,
  village: id.toUpperCase(),
  district: 'Буинский',
  state: 'online',
  since: 1000,
  shares: { all: 1 },
  changedOvernight: [],
  ...more,
})
const morning = (more: Partial<Morning> = {}): Morning => ({
  from: 0,
  until: 1,
  terminals: [],
  fleet: {},
  forecasts: [],
  silent: [],
  ...more,
})
const villages: Record<string, Village> = {
  A: { name: 'A', district: 'Арский' },
  B: { name: 'B', district: 'Буинский' },
}
const ids = (rows: readonly { readonly id: string }[]): string => rows.map(({ id }) => id).join(' ')

const theMorning = suite('the morning')

theMorning('puts the worst first: away, in part, missed, silent, announced, well', () => {
  const rows = rowsOf(
    [
      terminal('well'),
      terminal('new', { state: 'never-seen' }),
      terminal('gone', { state: 'retired' }),
      terminal('silent'),
      terminal('missed'),
      terminal('part', { state: 'reduced' }),
      terminal('away', { state: 'offline' }),
    ],
    {},
    morning({
      terminals: [told('missed', { shares: { all: 0.9 } })],
      silent: [{ village: 'SILENT', terminal: 'silent', days: 3 }],
    }),
  )
  assert.is(ids(rows), 'away part missed silent new well')
  assert.equal(rows.map(needsLook), [true, true, true, true, false, false])
})

theMorning('among equals puts what missed most first, then what has lasted longest, then the name', () => {
  const away = { state: 'offline' as const }
  const rows = rowsOf(
    [
      terminal('c', away),
      terminal('b', away),
      terminal('young', { ...away, since: 9000 }),
      terminal('poor', { ...away, since: 9999 }),
    ],
    {},
    morning({ terminals: [told('poor', { shares: { all: 0.1 } })] }),
  )
  assert.is(ids(rows), 'poor b c young')
})

theMorning('keeps to a reason only as long as the state that it is about', () => {
  const away = { state: 'offline' as const, since: 5000 }
  const judged = morning({ terminals: [told('a', { ...away, reason: 'power', detail: 'it said' })] })
  const [holding] = rowsOf([terminal('a', away)], villages, judged)
  assert.is(holding?.reason, 'power')
  assert.is(holding?.detail, 'it said')
  assert.is(holding?.district, 'Арский')
  const [back] = rowsOf([terminal('a', { since: 6000 })], {}, judged)
  assert.is(back?.reason, undefined)
  assert.is(back?.detail, undefined)
  assert.is(back?.district, 'Буинский')
})

theMorning('takes a fault from the device itself, and a village without a name by its terminal', () => {
  const faulty = terminal('a', {
    village: '',
    capabilities: { scanner: { present: true, ok: false, detail: 'the lamp is cold' } },
  })
  const [row] = rowsOf([faulty], {}, undefined)
  assert.is(row?.detail, 'the lamp is cold')
  assert.is(row?.village, 'a')
})

theMorning('names what runs out the soonest first', () => {
  const of = (daysLeft: number) => ({ terminal: 't', village: 'A', what: 'paper' as const, daysLeft })
  assert.equal(
    soonest([of(9), of(0.5), of(3)]).map(({ daysLeft }) => daysLeft),
    [0.5, 3, 9],
  )
})
theMorning.run()

const theTable = suite('the table of the fleet')
const rows = rowsOf(
  [
    terminal('a', { agent: '2.0.0', since: 3 }),
    terminal('b', { state: 'reduced', agent: '10.0.0', since: 2 }),
    terminal('c', { state: 'offline', since: 1 }),
  ],
  villages,
  morning({ terminals: [told('a', { shares: { all: 0.99 } }), told('c', { district: '' })] }),
)
const filter = (more: Partial<FleetFilter> = {}): FleetFilter => ({ ...filterOf({}), ...more })

theTable('is narrowed by state, by trouble, by district and by text', () => {
  assert.is(ids(filtered(rows, filter({ state: 'reduced' }))), 'b')
  assert.is(ids(filtered(rows, filter({ state: 'troubled' }))), 'c b')
  assert.is(ids(filtered(rows, filter({ district: 'Буинский' }))), 'b')
  assert.is(ids(filtered(rows, filter({ text: ' АРСКИЙ ' }))), 'a')
  assert.is(ids(filtered(rows, filter({ text: 'nowhere' }))), '')
})

theTable('is ordered by each column, both ways', () => {
  assert.is(ids(filtered(rows, filter())), 'c b a')
  assert.is(ids(filtered(rows, filter({ order: 'village' }))), 'a b c')
  assert.is(ids(filtered(rows, filter({ order: 'village', descending: true }))), 'c b a')
  assert.is(ids(filtered(rows, filter({ order: 'district' }))), 'c a b')
  assert.is(ids(filtered(rows, filter({ order: 'id' }))), 'a b c')
  assert.is(ids(filtered(rows, filter({ order: 'since' }))), 'c b a')
  assert.is(ids(filtered(rows, filter({ order: 'share' }))), 'a c b')
  assert.is(ids(filtered(rows, filter({ order: 'agent' }))), 'c a b', 'versions are numbers')
})

theTable('has its filter in the address, and believes no order that is none', () => {
  const wanted = filter({ state: 'offline', district: 'Арский', order: 'since', descending: true })
  const { view, query } = placeOf(hashOf('fleet', '', queryOf(wanted)))
  assert.is(view, 'fleet')
  assert.equal(filterOf(query), wanted)
  assert.is(filterOf({ order: 'constructor' }).order, 'worst')
})

theTable('offers the districts that there are', () => {
  assert.equal(districtsOf(rows), ['Арский', 'Буинский'])
})

theTable('draws only the rows in sight and a few around', () => {
  assert.equal(windowOf(0, 500, 50, 700), { first: 0, end: 18 })
  assert.equal(windowOf(5000, 500, 50, 700), { first: 92, end: 118 })
  assert.equal(windowOf(34_500, 500, 50, 700), { first: 682, end: 700 })
  assert.equal(windowOf(99_999, 500, 50, 3), { first: 3, end: 3 }, 'scrolled beyond what is left')
})
theTable.run()

const anAddress = suite('an address')

anAddress('names a view, and what is looked at in it', () => {
  assert.equal(placeOf('#incidents/a%2Fb'), { view: 'incidents', id: 'a/b', query: {} })
  assert.is(hashOf('incidents', 'a/b'), '#incidents/a%2Fb')
})

anAddress('that is not understood is the morning', () => {
  assert.is(placeOf('').view, 'morning')
  assert.is(placeOf('#nowhere/%zz?x').view, 'morning')
  assert.is(placeOf('#incidents/%zz').id, '')
})
anAddress.run()
