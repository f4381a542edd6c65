import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findSkew } from '../../documents/deskew.ts'
import { isBlank } from '../../documents/ink.ts'
import type { Pixels } from '../../documents/raw-page.ts'
import { greyOf, type TextPage, textPage } from '../support/text-page.ts'

const greyPage = async (page: Omit<TextPage, 'dpi'>) => greyOf(await textPage({ dpi: 75, ...page }))

/** Half a thousand ellipses at random places and turns, as blurred colours: a photograph to an eye for lines. */
const photograph = (): string => {
  let seed = 7
  const random = (most: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return Math.round((seed / 2 ** 32) * most)
  }
  return Array.from(
    { length: 500 },
    () =>
      `<ellipse cx="${random(2100)}" cy="${random(2970)}" rx="${20 + random(250)}" ry="${10 + random(120)}" transform="rotate(${random(180)} 1050 1485)" fill="hsl(${random(360)},50%,${random(85)}%)"/>`,
  ).join('')
}

const skew = suite('the skew of a page')

for (const true_ of [0, 0.4, 1.7, -3.2, 4.5, -4.9]) {
  skew(`of ${true_} degrees is found to a tenth of a degree`, async () => {
    const found = findSkew(await greyPage({ skew: true_, noise: 10 }))
    assert.ok(Math.abs(found - true_) <= 0.1, `${found}`)
  })
}

skew('is found on three lines', async () => {
  const found = findSkew(await greyPage({ skew: 2, lines: 3 }))
  assert.ok(Math.abs(found - 2) <= 0.1, `${found}`)
})

skew('is found on grey and on coloured paper', async () => {
  for (const paper of ['#808080', '#e8d27a']) {
    const found = findSkew(await greyPage({ skew: -1.3, paper }))
    assert.ok(Math.abs(found + 1.3) <= 0.1, `${paper}: ${found}`)
  }
})

skew('beyond five degrees is left alone rather than guessed', async () => {
  assert.is(findSkew(await greyPage({ skew: 7 })), 0)
})

skew('of an empty page, a word, noise, a photograph or one slanting edge is 0', async () => {
  assert.is(findSkew(await greyPage({ lines: 0 })), 0)
  assert.is(findSkew(await greyPage({ lines: 1, words: ['Авыл'], skew: 3 })), 0)
  assert.is(findSkew(await greyPage({ lines: 0, noise: 100 })), 0)
  assert.is(findSkew(await greyPage({ lines: 0, also: photograph() })), 0)
  const horizon = '<polygon points="0,1400 2100,1510 2100,2970 0,2970" fill="#2a6"/>'
  assert.is(findSkew(await greyPage({ lines: 0, also: horizon })), 0)
})

skew('of a picture of one pixel is 0', () => {
  const pixel: Pixels = { width: 1, height: 1, channels: 1, data: new Uint8Array(1) }
  assert.is(findSkew(pixel), 0)
})

skew.run()

const blank = suite('a blank page')

blank('is white, coloured or noisy', async () => {
  assert.ok(isBlank(await greyPage({ lines: 0 })))
  assert.ok(isBlank(await greyPage({ lines: 0, paper: '#c9a' })))
  assert.ok(isBlank(await greyPage({ lines: 0, noise: 15 })))
})

blank('may show a shadow at its edge and traces of its back', async () => {
  const shadow = '<rect width="40" height="2970" fill="#444"/>'
  const back = '<text x="220" y="600" font-size="40" fill="#e6e4df">арткы як</text>'
  assert.ok(isBlank(await greyPage({ lines: 0, also: shadow + back })))
})

blank('is not one with a line of print, a stamp or a photograph', async () => {
  assert.not(isBlank(await greyPage({ lines: 1 })))
  const stamp = '<circle cx="1500" cy="2400" r="180" fill="none" stroke="#35a" stroke-width="12"/>'
  assert.not(isBlank(await greyPage({ lines: 0, also: stamp })))
  assert.not(isBlank(await greyPage({ lines: 0, also: photograph() })))
})

blank.run()
