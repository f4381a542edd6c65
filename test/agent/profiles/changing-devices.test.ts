import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFakePrinter } from '../../../agent/capabilities/printer/fake.ts'
import { FakeScanDriver } from '../../../agent/capabilities/scanner/fake.ts'
import { changingDevices } from '../../../agent/profiles/changing-devices.ts'

const never = new AbortController().signal
const drivers = (makeAndModel: string) => ({
  scanner: new FakeScanDriver(),
  printer: createFakePrinter({ makeAndModel }),
})
const changing = suite('devices whose drivers change')

changing('wait for their first drivers, as long as the caller does', async () => {
  const { devices, change } = changingDevices()
  const late = new AbortController()
  const given = devices.printer.describe(late.signal).catch((thrown: Error) => thrown)
  late.abort(new Error('enough'))
  assert.is((await given) instanceof Error, true)
  const waiting = devices.printer.describe(never)
  await change(drivers('First'))
  assert.is((await waiting).makeAndModel, 'First')
})

changing('get new drivers only between two scans', async () => {
  const { devices, change } = changingDevices()
  await change(drivers('First'))
  const pages = devices.scanner
    .scan({ source: 'flatbed', dpi: 75, mode: 'grey' }, never)
    [Symbol.asyncIterator]()
  await pages.next()
  let changed = false
  const changes = change(drivers('Second')).then(() => {
    changed = true
  })
  assert.is((await devices.printer.describe(never)).makeAndModel, 'First')
  assert.not(changed)
  await pages.return?.(undefined)
  await changes
  assert.is((await devices.printer.describe(never)).makeAndModel, 'Second')
})

changing('hand a print to the driver of the moment', async () => {
  const { devices, change } = changingDevices()
  const first = drivers('First')
  await change(first)
  const job = {
    file: '/nonexistent',
    mediaType: 'application/pdf' as const,
    name: 'test',
    copies: 1,
    duplex: 'none' as const,
    ranges: [],
    colour: false,
  }
  const status = await devices.printer.print(
    job,
    never,
    () => {},
    async () => {},
  )
  assert.is(status.state, 'completed')
  assert.is(first.printer.jobs.length, 1)
})

changing.run()
