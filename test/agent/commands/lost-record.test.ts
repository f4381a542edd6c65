import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLostRecord } from '../../../agent/commands/lost-record.ts'
import { openDatabase } from '../../../agent/database.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { createMarks } from '../../../agent/marks.ts'
import { scratch } from '../../support/agent-parts.ts'

/** A terminal whose battery is dead: its own clock is at 1970, and its monotonic one begins anew with each run. */
const run = (path: string) => {
  const database = openDatabase(path)
  let monotonic = 1000
  const clock = createClock({ wall: () => 0, monotonic: () => monotonic })
  const marks = createMarks(database)
  return {
    clock,
    record: createLostRecord(database.lost, marks, clock),
    pass(milliseconds: number) {
      monotonic += milliseconds
    },
    end: () => database.close(),
  }
}
const damaged = () => {
  const path = join(scratch(), 'agent.db')
  writeFileSync(path, Buffer.alloc(8192, 'no database'))
  return path
}
const noon = Date.UTC(2026, 5, 1, 12)

const aLostRecord = suite('a lost record of commands')

aLostRecord('is lost until the fleet was heard, through power cuts without a line', () => {
  const path = damaged()
  for (let cut = 0; cut < 3; cut += 1) {
    const { record, end } = run(path)
    assert.is(record.undated, true)
    end()
  }
  const { record, clock, pass, end } = run(path)
  pass(5000)
  clock.saw(noon)
  assert.is(record.before(), noon - 5000, 'whatever was issued before this start may have run')
  end()
})

aLostRecord('ends once the fleet has told the time, and not at each later start', () => {
  const path = damaged()
  const first = run(path)
  first.pass(5000)
  first.clock.answered(noon, 6000, 6000)
  first.record.date()
  assert.equal([first.record.undated, first.record.before()], [false, noon - 5000])
  first.pass(3_600_000)
  first.record.date()
  assert.is(first.record.before(), noon - 5000)
  first.end()
  const second = run(path)
  assert.equal([second.record.undated, second.record.before()], [false, noon - 5000])
  second.end()
})

aLostRecord('that never was lets every command run', () => {
  const { record, clock, end } = run(join(scratch(), 'agent.db'))
  clock.answered(noon, 1000, 1000)
  record.date()
  assert.equal([record.undated, record.before()], [false, 0])
  end()
})

aLostRecord.run()
