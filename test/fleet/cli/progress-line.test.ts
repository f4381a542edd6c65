import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgressLine } from '../../../fleet/cli/progress-line.ts'

const output = (isTTY: boolean) => {
  const written: string[] = []
  return { written, isTTY, columns: 40, write: (text: string) => written.push(text) }
}

const theLine = suite('the line of progress')

theLine('draws a bar that fills its share and stays on one line', () => {
  const screen = output(true)
  const line = createProgressLine(screen)
  line.show('Scanning · Page 1 of 9, and a good deal more of it', 50)
  const drawn = screen.written.at(-1) ?? ''
  assert.match(drawn, /^█{12}░{12} Scanning/)
  assert.is(drawn.length, 39)
  line.show('Waiting')
  assert.is(screen.written.at(-1), 'Waiting')
  line.clear()
  assert.is(screen.written.at(-1), '\r\u001b[K')
})

theLine('is silent where nobody watches', () => {
  const pipe = output(false)
  const line = createProgressLine(pipe)
  line.show('Scanning', 50)
  line.clear()
  assert.equal(pipe.written, [])
})
theLine.run()
