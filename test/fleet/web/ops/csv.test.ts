import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csvOf } from '../../../../fleet/web/ops/csv.ts'

const aTable = suite('a table as CSV')

aTable('begins with a byte order mark and has one line for each row', () => {
  assert.is(
    csvOf([
      ['Село', 'С'],
      ['Җирекле', '1'],
    ]),
    '\uFEFF"Село";"С"\r\n"Җирекле";"1"\r\n',
  )
})

aTable('keeps quotes, separators and line breaks inside their cell', () => {
  assert.is(csvOf([['a "b"; c', 'd\r\ne\nf']]), '\uFEFF"a ""b""; c";"d e f"\r\n')
})

for (const text of [
  '=HYPERLINK("http://a.test")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  ' =1+1',
  '\u00a0=1+1',
  '＝1+1',
  '＋1',
  '－1',
  '＠a',
]) {
  aTable(`makes no formula of ${JSON.stringify(text)}`, () => {
    const [cell = ''] = csvOf([[text]])
      .replace('\uFEFF', '')
      .split('\r\n')
    assert.ok(cell.startsWith(`"'`), cell)
  })
}

aTable('leaves what is no formula as it is', () => {
  assert.match(csvOf([['Якты-Тау', '10:15', 'a=b']]), '"Якты-Тау";"10:15";"a=b"')
})
aTable.run()
