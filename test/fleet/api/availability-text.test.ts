import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { availabilityCsv, availabilityJson } from '../../../fleet/api/availability-text.ts'
import { LongText } from '../../../fleet/api/long-answer.ts'
import type { GroupRows } from '../../../fleet/availability/rows.ts'

const longText = suite('a long text')

longText('is whole, however its pieces lie across its chunks', async () => {
  const pieces = [10, 65_530, 7, 200_000, 0, 65_536, 1].map((length, n) => String(n).repeat(length))
  const long = new LongText()
  for (const piece of pieces) long.add(Buffer.from(piece))
  assert.ok((await text(long.end())) === pieces.join(''))
})

longText('may have nothing in it', async () => {
  assert.is(await text(new LongText().end()), '')
})

const answer = suite('the text of availability')

const usual = { open: 32_400_000, maintenance: 0, up: 32_400_000 }
const days = ['2026-11-01', '2026-11-02'].map((period) => ({ capability: 'all', period }))
const groups: GroupRows[] = ['Арча', 'a "quoted" \\ name', ''].map((village, n) => ({
  head: { key: `t${n}`, village, district: 'Арский' },
  rows: [
    ...days.map((label) => ({ label, count: usual })),
    { label: { capability: 'scanner' }, count: { open: 3000, maintenance: 1000, up: 500 } },
    { label: { capability: 'printer' }, count: { open: 0, maintenance: 0, up: 0 } },
  ],
}))
const empty: GroupRows = { head: { key: 't9' }, rows: [] }
const whole = { openSeconds: 32_400, maintenanceSeconds: 0, upSeconds: 32_400, share: 1 }

answer('is JSON in which every row says all of itself', async () => {
  const json = availabilityJson()
  for (const group of [empty, ...groups, empty]) json.add(group)
  const { rows, ...rest } = JSON.parse(await text(json.end({ from: 1, until: 2 })))
  assert.equal(rest, { from: 1, until: 2 })
  assert.equal(
    rows,
    groups.flatMap(({ head }) => [
      ...days.map((label) => ({ ...head, ...label, ...whole })),
      { ...head, capability: 'scanner', openSeconds: 3, maintenanceSeconds: 1, upSeconds: 0.5, share: 0.25 },
      { ...head, capability: 'printer', openSeconds: 0, maintenanceSeconds: 0, upSeconds: 0 },
    ]),
  )
})

answer('is JSON and a table without any row, too', async () => {
  assert.equal(JSON.parse(await text(availabilityJson().end({ from: 1 }))), { rows: [], from: 1 })
  assert.is((await text(availabilityCsv().end({}))).split('\r\n').length, 2)
})

longText.run()
answer.run()
