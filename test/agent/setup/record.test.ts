import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Marks } from '../../../agent/marks.ts'
import { openRecord } from '../../../agent/setup/record.ts'
import { sheetData } from '../../support/sheet-paper.ts'

const memory = (): Marks & { text?: string } => {
  const kept = new Map<string, string>()
  return { get: (name) => kept.get(name), set: (name, value) => void kept.set(name, value) }
}
const hash = 'ab'.repeat(32)
const sheet = { data: sheetData, hash, nonce: 'N', began: false, earlier: [] }

const theRecord = suite('the record of the steps')

theRecord('is empty on a new terminal', () => {
  const record = openRecord(memory())
  assert.equal([record.begun, record.sheet, record.steps.uplink], [false, undefined, { state: 'open' }])
})

theRecord('is there again after a power cut, with the running step cut short', () => {
  const marks = memory()
  const record = openRecord(marks)
  record.setStep('devices', { state: 'done', at: 5, result: { profile: 'generic', known: false } })
  record.setStep('selftest', { state: 'running', at: 6 })
  record.show('selftest', 40)
  const again = openRecord(marks)
  assert.is(again.begun, true)
  assert.is(again.steps.devices.result?.profile, 'generic')
  assert.equal(again.steps.selftest, { state: 'failed', problem: 'cut-short', at: 6 })
})

theRecord('knows whether the printer may have got the sheet', () => {
  for (const began of [false, true]) {
    const marks = memory()
    const record = openRecord(marks)
    record.setStep('print', { state: 'running' })
    record.setSheet({ ...sheet, began })
    assert.is(openRecord(marks).steps.print.problem, began ? 'print-unknown' : 'cut-short')
  }
})

theRecord('of another version, or damaged, is begun anew', () => {
  for (const text of ['{', '{"steps":{}}', '[]']) {
    const record = openRecord({ get: () => text, set: () => {} })
    assert.is(record.begun, false)
  }
})

theRecord.run()
