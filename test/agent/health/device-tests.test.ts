import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { microphoneTest, presenceTest, uploadTest } from '../../../agent/health/device-tests.ts'
import { evidenceOf } from '../../../agent/health/evidence.ts'
import { runSelfTest } from '../../../agent/health/selftests.ts'
import type { DoorRequest } from '../../../agent/link/https.ts'
import { scratch } from '../../support/agent-parts.ts'

const never = new AbortController().signal

const door = (statusCode: number, answer: (body: Uint8Array) => unknown) => ({
  ask: async ({ body = new Uint8Array() }: DoorRequest) =>
    Object.assign(Readable.from([Buffer.from(JSON.stringify(answer(body)))]), {
      statusCode,
    }) as unknown as IncomingMessage,
})
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const aTest = suite('a self-test of a device')

aTest('brings bytes to the fleet and compares their hash', async () => {
  const good = await runSelfTest(
    uploadTest(door(200, (body) => ({ bytes: body.length, sha256: sha256(body) }))),
    never,
  )
  assert.is(good.ok, true)
  assert.match(good.detail, /^16384 of 16384 bytes in \d+ ms, hash as sent$/)
  const torn = (body: Uint8Array) => ({ bytes: body.length - 1, sha256: sha256(body.subarray(1)) })
  const bad = await runSelfTest(uploadTest(door(200, torn)), never)
  assert.is(bad.ok, false)
  assert.match(bad.detail, 'hash differs')
  assert.equal(await runSelfTest(uploadTest(door(503, () => '')), never), {
    ok: false,
    detail: 'the fleet answered 503',
  })
  assert.is((await runSelfTest(uploadTest(door(429, () => '')), never)).busy, true)
  assert.is((await runSelfTest(uploadTest(door(200, () => ({ bytes: 1 }))), never)).ok, false)
})

aTest('says of what is only looked at whether it is there', async () => {
  const check = (report?: Parameters<typeof evidenceOf>[0]) =>
    runSelfTest(
      presenceTest('screen', () => report),
      never,
    )
  assert.is((await check())?.skipped, true)
  assert.is((await check({ present: false, ok: true, detail: 'is switched off' })).skipped, true)
  assert.equal(await check({ present: false, ok: false, detail: 'gone' }), { ok: false, detail: 'gone' })
  assert.equal(await check({ present: true, ok: true }), { ok: true, detail: 'answers' })
})

/** A recorder of the test: it gives so many samples of this value, or does what else its text says. */
const recorder = (folder: string, text: string) => {
  const file = join(folder, 'arecord')
  writeFileSync(file, `#!${process.execPath}\n${text}\n`, { mode: 0o700 })
  return file
}
const samples = (value: number, count = 16_000) =>
  `const b = Buffer.alloc(${count} * 2); for (let i = 0; i < ${count}; i++) b.writeInt16LE(i % 2 ? ${value} : -${value}, 2 * i); process.stdout.write(b)`

aTest('measures how still it is at the microphone', async () => {
  const folder = scratch()
  const devices = join(folder, 'pcm')
  const hear = (text: string) => runSelfTest(microphoneTest(devices, recorder(folder, text)), never)
  assert.is((await hear(samples(33))).skipped, true, 'no sound card')
  writeFileSync(devices, '00-00: ALC : ALC : playback 1\n')
  assert.is((await hear(samples(33))).skipped, true, 'nothing that records')
  writeFileSync(devices, '00-00: ALC : ALC : playback 1 : capture 1\n')
  assert.equal(await hear(samples(33)), { ok: true, detail: 'noise floor -60 dB' })
  assert.equal(await hear(samples(0)), { ok: false, detail: 'is silent to the last bit' })
  assert.equal(await hear(samples(33, 100)), { ok: false, detail: '200 bytes of sound in a second' })
  assert.equal(await hear('process.exit(1)'), { ok: false, detail: 'could not be recorded from' })
  const absent = microphoneTest(devices, join(folder, 'nothing'))
  assert.is((await runSelfTest(absent, never)).detail, 'no program here can record')
})

aTest('tells what a device said of itself in short words and numbers', () => {
  const scanner = {
    ...{ vendor: 'V', model: 'M', driver: 'escl' },
    sources: [
      { source: 'flatbed', dpi: [75, 600], modes: ['grey'], width: 210, height: 297 },
      { source: 'feeder', dpi: [300], modes: ['grey'], width: 210, height: 297 },
    ],
  }
  const printer = {
    ...{
      makeAndModel: 'M',
      driver: 'ipp',
      state: 'idle',
      reasons: [],
      formats: [],
      colour: false,
      duplex: false,
    },
    ...{ dpi: [300], impressions: 12 },
    supplies: [
      { name: 'K', type: 'toner', level: 40 },
      { name: 'C', type: 'toner', level: null },
    ],
    trays: [{ name: 'main', level: 100, capacity: 250 }],
  }
  const say = (report: object) => evidenceOf(report as Parameters<typeof evidenceOf>[0], 12.4)
  assert.is(say({ present: true, ok: true, scanner }), 'escl: flatbed, feeder, 75–600 dpi (12 ms)')
  assert.is(
    say({ present: true, ok: false, detail: 'jam', printer }),
    'jam; ipp: idle, lowest supply 40 %, 100 sheets, 12 sides so far (12 ms)',
  )
  const bare = { ...printer, supplies: [], trays: [], impressions: undefined }
  assert.is(say({ present: true, ok: true, printer: bare }), 'ipp: idle (12 ms)')
})

aTest.run()
