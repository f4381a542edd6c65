import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePath, parseValue, withoutValue, withValue } from '../../../fleet/cli/layer-content.ts'

const content = suite('the content of a layer on the command line')

content('is named by dots or as a JSON pointer', () => {
  assert.equal(parsePath('scan.dpi'), ['scan', 'dpi'])
  assert.equal(parsePath('/a~1b/c~0d'), ['a/b', 'c~d'])
})

content('takes JSON, and what is none as text', () => {
  assert.equal([parseValue('300'), parseValue('true'), parseValue('warn')], [300, true, 'warn'])
})

content('gains and loses values, and objects that are empty then', () => {
  const before = { scan: { dpi: 300 }, logLevel: 'warn' }
  assert.equal(withValue(before, ['scan', 'mode'], 'grey'), {
    logLevel: 'warn',
    scan: { dpi: 300, mode: 'grey' },
  })
  assert.equal(withValue(before, ['logLevel', 'x'], 1), { scan: { dpi: 300 }, logLevel: { x: 1 } })
  assert.equal(withoutValue(before, ['scan', 'dpi']), { logLevel: 'warn' })
  assert.equal(withoutValue(before, ['scan']), { logLevel: 'warn' })
  assert.equal(withoutValue(before, ['none', 'such']), before)
})

content('never reaches a prototype', () => {
  const hostile = withValue({}, ['__proto__', 'polluted'], true)
  assert.is(Object.getPrototypeOf(hostile), Object.prototype)
  assert.is(({} as Record<string, unknown>).polluted, undefined)
})

content.run()
