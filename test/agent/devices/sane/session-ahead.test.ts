import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SaneDriver } from '../../../../agent/capabilities/scanner/sane.ts'
import { createSessionAhead } from '../../../../agent/devices/sane/session-ahead.ts'
import { buildFaultBackend, faultDevice } from '../../../support/sane-fault/build.ts'
import { assertNoChild, children, readScan } from '../../../support/scan.ts'

const backend = await buildFaultBackend()
const long = 3_600_000
const page = { source: 'flatbed', dpi: 75, mode: 'grey' } as const

const until = async (isSo: (now: readonly number[]) => boolean): Promise<number[]> => {
  for (;;) {
    const now = await children()
    if (isSo(now)) return now
    await delay(10)
  }
}
const none = (now: readonly number[]) => now.length === 0

const ahead = suite('a session that is started ahead')
ahead.after.each(assertNoChild)

ahead('is the next one, and once', async () => {
  const sessions = createSessionAhead(backend, long)
  sessions.prepare()
  sessions.prepare()
  const waiting = await children()
  assert.is(waiting.length, 1)
  const first = sessions.take()
  await first.open(faultDevice('ok'))
  assert.equal(await children(), waiting)
  const second = sessions.take()
  assert.is((await children()).length, 2)
  await Promise.all([first.end(), second.end()])
})

ahead('is not the next one when its process died', async () => {
  const sessions = createSessionAhead(backend, long)
  sessions.prepare()
  for (const child of await children()) process.kill(child, 'SIGKILL')
  await until(none)
  const session = sessions.take()
  await session.open(faultDevice('ok'))
  await session.end()
})

ahead('waits no longer than it may', async () => {
  createSessionAhead(backend, 1).prepare()
  await until(none)
})

ahead('belongs to the scan after one that came well, and to none after a failure', async () => {
  const driver = new SaneDriver({ ...backend, device: faultDevice('ok'), aheadMs: long })
  let scanned: number[] = []
  for (let scans = 0; scans < 2; scans += 1) {
    const before = await until((now) => scans === 0 || (now.length === 1 && now[0] !== scanned[0]))
    for await (const { rows } of driver.scan(page, new AbortController().signal)) {
      scanned = await children()
      if (scans > 0) assert.equal(scanned, before)
      // It comes up while the scanner moves.
      for await (const _ of rows) assert.is((await children()).length, 2)
    }
  }
  await driver.idle()
  const failing = new SaneDriver({ ...backend, device: faultDevice('jam'), aheadMs: long })
  assert.ok((await readScan(failing, { ...page, source: 'feeder' })).error)
  await until(none)
})

ahead.run()
