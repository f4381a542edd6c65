import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseReply } from '../../../../agent/devices/sane/calls.ts'
import { type SaneSession, startSession } from '../../../../agent/devices/sane/session.ts'
import {
  isSaneFailure,
  SaneError,
  type SaneFailure,
  statusOf,
} from '../../../../agent/devices/sane/status.ts'
import { faultDevice } from '../../../support/sane-fault/build.ts'
import { backend, pageOf } from '../../../support/sane-fault/scanner.ts'
import { assertNoChild } from '../../../support/scan.ts'

const statusFrom = async (promise: Promise<unknown>): Promise<SaneFailure | undefined> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  return thrown instanceof SaneError ? thrown.status : undefined
}

const session = suite('a session drives a device in a child process')
let open: SaneSession
session.before.each(() => {
  open = startSession(backend)
})
session.after.each(async () => {
  await open.end()
  await assertNoChild()
})

session('and lists, opens, asks and sets', async () => {
  const devices = await open.devices()
  assert.ok(devices.some(({ name, vendor }) => name === faultDevice('ok') && vendor === 'Avyl'))
  await open.open(faultDevice('ok'))
  const options = await open.options()
  assert.is(options.length, 9)
  assert.is(await open.set('mode', 'Color'), 'Color')
  assert.is(await open.get('mode'), 'Color')
})

session('and says what SANE says', async () => {
  assert.is(await statusFrom(open.options()), 'INVAL')
  assert.is(await statusFrom(open.open(faultDevice('busy'))), 'DEVICE_BUSY')
  assert.is(await statusFrom(open.open('')), undefined, 'an empty name is the first device')
})

session('and gives the next page only after the one before', async () => {
  await open.open(faultDevice('ok'))
  for (const source of ['ADF', 'Flatbed']) {
    await open.set('source', source)
    const { parameters, bytes } = await open.start()
    let got = 0
    for await (const piece of bytes) got += piece.length
    assert.is(got, parameters.bytesPerLine * parameters.lines)
  }
})

session('and waits while its pages are not read, and loses nothing', async () => {
  await open.open(faultDevice('ok'))
  await open.set('resolution', 300)
  const { parameters, bytes } = await open.start()
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) {
    // All that may be held is full by now; the device waits.
    if (pieces.length === 0) await delay(100)
    pieces.push(piece)
  }
  assert.ok(Buffer.concat(pieces).equals(pageOf(parameters.bytesPerLine, parameters.lines)))
})

session('and is ended in the middle of a page', async () => {
  await open.open(faultDevice('slow'))
  await open.set('resolution', 600)
  const { bytes } = await open.start()
  const read = async (): Promise<void> => {
    for await (const _ of bytes) void open.end()
  }
  assert.is(await statusFrom(read()), 'CANCELLED')
  assert.is(await statusFrom(open.options()), 'CRASHED')
})

session('and can be interrupted with any reason', async () => {
  const reason = new Error('Enough')
  const devices = open.devices()
  open.interrupt(reason)
  assert.is(await devices.catch((error: unknown) => error), reason)
  assert.is(await open.get('mode').catch((error: unknown) => error), reason)
})

session('and keeps the last words of a driver', async () => {
  const missing = startSession({ ...backend, child: '/nowhere/child.js' })
  assert.is(await statusFrom(missing.devices()), 'CRASHED')
  await missing.end()
  assert.match(missing.complaints, /nowhere/)
})

session('and cannot be told nonsense by a garbled child', () => {
  const nonsense = [
    undefined,
    null,
    7,
    'frame',
    {},
    { id: '1', result: 2 },
    { id: 1, failure: 'GOOD' },
    { frame: 3 },
    { frame: { bytes: '9', status: 'EOF' } },
    { frame: { bytes: 9, status: 'FINE' } },
  ]
  for (const message of nonsense) assert.is(parseReply(message), undefined, JSON.stringify(message))
  assert.equal(parseReply({ id: 1, result: [2] }), { id: 1, result: [2] })
  assert.equal(parseReply({ id: 1, failure: 'JAMMED', text: 3 }), { id: 1, failure: 'JAMMED', text: '3' })
  assert.equal(parseReply({ frame: { bytes: 9, status: 'EOF' } }), { frame: { bytes: 9, status: 'EOF' } })
  assert.is(statusOf(99), 'IO_ERROR')
  assert.ok(isSaneFailure('HUNG'))
})

const isAlive = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  // A zombie has ended; whoever adopted it has not asked yet.
  return stat !== undefined && !/\) [ZX] /.test(stat)
}

const parentDeath = suite('a child process ends with its parent')

for (const fault of ['ok', 'hang-open', 'hang-read']) {
  parentDeath(`which is killed while the driver does ${fault}`, async () => {
    const parent: ChildProcess = fork(new URL('../../../support/sane-fault/parent.ts', import.meta.url), [
      fault,
    ])
    const [child] = (await once(parent, 'message')) as [number]
    assert.ok(await isAlive(child))
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    for (let tries = 0; tries < 500 && (await isAlive(child)); tries++) await delay(10)
    assert.not.ok(await isAlive(child))
  })
}

session.run()
parentDeath.run()
