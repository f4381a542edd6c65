import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLanes } from '../../../agent/commands/lanes.ts'
import type { CommandError } from '../../../protocol/errors.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: CommandError) => error.code,
  )

const lanes = suite('the lanes of a terminal')

lanes('let a scan and a print run together, but not two scans', async () => {
  const { enter } = createLanes()
  await enter(['scanner'], 'refuse', never)
  await enter(['printer'], 'wait', never)
  assert.is(await codeOf(enter(['scanner'], 'refuse', never)), 'busy')
  await enter([], 'wait', never)
})

lanes('admit those who wait in their order', async () => {
  const { enter } = createLanes()
  const order: string[] = []
  const leave = await enter(['printer'], 'wait', never)
  let waits = 0
  const second = enter(['printer'], 'wait', never, () => waits++).then((leave) => {
    order.push('second')
    return leave
  })
  const third = enter(['printer'], 'wait', never, () => waits++).then(() => order.push('third'))
  assert.is(waits, 2)
  leave()
  leave()
  const leaveSecond = await second
  await settled()
  assert.equal(order, ['second'])
  leaveSecond()
  await third
  assert.equal(order, ['second', 'third'])
})

lanes('are taken all together, and nobody passes who wants one of them', async () => {
  const { enter } = createLanes()
  const leave = await enter(['printer'], 'wait', never)
  let admitted = false
  const both = enter(['scanner', 'printer'], 'wait', never).then((leave) => {
    admitted = true
    return leave
  })
  assert.is(await codeOf(enter(['scanner'], 'refuse', never)), 'busy')
  assert.is(admitted, false)
  leave()
  const leaveBoth = await both
  assert.is(await codeOf(enter(['scanner'], 'refuse', never)), 'busy')
  leaveBoth()
  await enter(['scanner'], 'refuse', never)
})

lanes('let a waiter give up without holding up those behind it', async () => {
  const { enter } = createLanes()
  const leave = await enter(['printer'], 'wait', never)
  const gone = new AbortController()
  const first = enter(['scanner', 'printer'], 'wait', gone.signal)
  const behind = enter(['scanner'], 'wait', never)
  gone.abort(new Error('gave up'))
  await first.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'gave up'),
  )
  await behind
  leave()
  await enter(['printer'], 'refuse', never)
})

lanes('answer busy when too many wait', async () => {
  const { enter } = createLanes(1)
  await enter(['terminal'], 'wait', never)
  void enter(['terminal'], 'wait', never)
  assert.is(await codeOf(enter(['terminal'], 'wait', never)), 'busy')
})

lanes.run()
