import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Runs } from '../../../fleet/identity/runs.ts'
import type { PresenceMessage } from '../../../protocol/messages.ts'

const theRuns = suite('the runs of a terminal')

const birth = (run: string, state: PresenceMessage['state'] = 'online'): PresenceMessage => ({
  ...{ v: 1, ts: 0, boot: 'b', seq: 0, connection: 1 },
  run,
  state,
})

theRuns('follow one another, however often a program starts or connects', () => {
  const runs = new Runs()
  for (const run of ['a', 'a', 'b', 'b', 'c', ...Array.from({ length: 100 }, (_, n) => `r${n}`)]) {
    assert.not(runs.cameBack('kazan-7', birth(run)), run)
  }
})

theRuns('do not come back, unless two programs take turns', () => {
  const runs = new Runs()
  assert.not(runs.cameBack('kazan-7', birth('a')))
  assert.not(runs.cameBack('kazan-7', birth('b')))
  assert.ok(runs.cameBack('kazan-7', birth('a')))
})

theRuns('of two terminals have nothing to do with each other', () => {
  const runs = new Runs()
  for (const run of ['a', 'b']) assert.not(runs.cameBack('kazan-7', birth(run)))
  assert.not(runs.cameBack('kazan-8', birth('a')))
})

theRuns('are told by births alone: a late will of an earlier run proves nothing', () => {
  const runs = new Runs()
  for (const run of ['a', 'b']) assert.not(runs.cameBack('kazan-7', birth(run)))
  assert.not(runs.cameBack('kazan-7', birth('a', 'lost')))
  assert.not(runs.cameBack('kazan-7', birth('a', 'bye')))
})

theRuns('begin anew when they are forgotten', () => {
  const runs = new Runs()
  for (const run of ['a', 'b']) runs.cameBack('kazan-7', birth(run))
  runs.forget('kazan-7')
  assert.not(runs.cameBack('kazan-7', birth('a')))
})

theRuns.run()
