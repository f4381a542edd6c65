import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addPages,
  deletePage,
  movePage,
  noPages,
  type Pages,
  turnPage,
  undoPages,
} from '../../../../fleet/web/expert/pages.ts'

const scanned = (...names: string[]) =>
  names.map((artefact) => ({ artefact, width: 2480, height: 3508, dpi: 300 }))
const order = (pages: Pages): string => pages.list.map(({ artefact }) => artefact).join('')
const three = addPages(noPages, scanned('a', 'b', 'c'))

const pagesOfATerminal = suite('pages of a terminal')

pagesOfATerminal('come in the order of the scan, each once', () => {
  assert.is(order(addPages(three, scanned('b', 'd', 'a'))), 'abcd')
  assert.is(addPages(three, scanned('a', 'c')), three, 'nothing new is no change')
})

pagesOfATerminal('do not come back after they were deleted, when their command speaks again', () => {
  assert.is(order(addPages(deletePage(three, 'b'), scanned('a', 'b', 'c'))), 'ac')
})

pagesOfATerminal('move to another place and never outside', () => {
  assert.is(order(movePage(three, 'c', 0)), 'cab')
  assert.is(order(movePage(three, 'a', 99)), 'bca')
  assert.is(movePage(three, 'a', -1), three)
  assert.is(movePage(three, 'x', 1), three)
})

pagesOfATerminal('turn by quarters in both directions', () => {
  const turned = turnPage(turnPage(three, 'a', -90), 'b', 90)
  assert.equal(
    turned.list.map(({ rotate }) => rotate),
    [270, 90, 0],
  )
  assert.is(turnPage(turned, 'a', 90).list[0]?.rotate, 0)
  assert.is(turnPage(three, 'x', 90), three)
})

pagesOfATerminal('go back one arrangement at a time', () => {
  const changed = deletePage(turnPage(movePage(three, 'c', 0), 'a', 90), 'b')
  assert.is(order(changed), 'ca')
  assert.is(order(undoPages(changed)), 'cab')
  const first = undoPages(undoPages(undoPages(changed)))
  assert.equal(first.list, three.list)
  assert.is(undoPages(first), first)
})

pagesOfATerminal('keep a page that came after what is undone', () => {
  const later = addPages(deletePage(three, 'b'), scanned('d'))
  assert.is(order(undoPages(later)), 'abcd')
})

pagesOfATerminal('remember a bounded past', () => {
  let pages = three
  for (let count = 0; count < 500; count++) pages = turnPage(pages, 'a', 90)
  assert.is(pages.past.length, 50)
})

pagesOfATerminal('stay when a page that is not there is deleted', () => {
  assert.is(deletePage(three, 'x'), three)
})
pagesOfATerminal.run()
