import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFakePrinter } from '../../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../../agent/capabilities/scanner/fake.ts'
import { watchAbsence } from '../../../agent/profiles/absence.ts'
import { CommandError } from '../../../protocol/errors.ts'

const never = new AbortController().signal
const both = { scanner: true, printer: true }
const times = { firstMs: 40, longestMs: 80 }

/** Devices of pretence, of which the printer is there or is not. */
const devicesWith = (isThere: () => boolean) => {
  const printer = createFakePrinter({})
  return {
    scanner: new FakeScanDriver(),
    printer: {
      ...printer,
      async describe(signal: AbortSignal) {
        if (!isThere()) throw new CommandError('device-absent', 'The printer does not answer')
        return printer.describe(signal)
      },
    },
  }
}
const absence = suite('a device that is silent')

absence('is looked for after a while, then more and more rarely, until it answers', async () => {
  let isThere = true
  const { devices, due } = watchAbsence(
    devicesWith(() => isThere),
    both,
    times,
  )
  const ask = () => devices.printer.describe(never).catch(() => undefined)
  await ask()
  assert.not(due())
  isThere = false
  await ask()
  assert.not(due())
  await sleep(50)
  assert.ok(due())
  await ask()
  await sleep(50)
  assert.not(due(), 'twice as long as the first time')
  await sleep(50)
  assert.ok(due())
  await sleep(90)
  assert.ok(due(), 'never longer than the longest')
  isThere = true
  await ask()
  await sleep(90)
  assert.not(due())
})

absence('is left alone where the configuration says where it is', async () => {
  const { devices, due } = watchAbsence(
    devicesWith(() => false),
    { scanner: true, printer: false },
    times,
  )
  await devices.printer.describe(never).catch(() => undefined)
  await sleep(50)
  assert.not(due())
})

absence.run()
