import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../../../agent/database.ts'
import { createPacking, type TelemetryBody } from '../../../../agent/health/vitals/packing.ts'
import type { Reader, Values } from '../../../../agent/health/vitals/reader.ts'
import { createSampler } from '../../../../agent/health/vitals/sampler.ts'
import { createVitals } from '../../../../agent/health/vitals/vitals.ts'
import { createOutbox } from '../../../../agent/link/outbox.ts'
import { uuidv7 } from '../../../../protocol/uuid.ts'
import { silent, testLine } from '../../../support/agent-parts.ts'

const never = new AbortController().signal
const reader = (name: string, read: Reader['read']): Reader => ({ name, read })

const aSampler = suite('a sampler')

aSampler('leaves out who fails or hangs, and asks who hangs only when it came back', async () => {
  const back = Promise.withResolvers<Values>()
  let asked = 0
  const sampler = createSampler(
    [
      reader('good', async () => ({ cpu: 0.5 })),
      reader('broken', async () => {
        throw new Error('broken')
      }),
      reader('hanging', () => {
        asked += 1
        return asked === 1 ? back.promise : Promise.resolve({ memory: 0.25 })
      }),
    ],
    silent,
    20,
  )
  // A time limit alone keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  assert.equal(await sampler.read(never), { cpu: 0.5 })
  assert.equal(await sampler.read(never), { cpu: 0.5 })
  clearInterval(alive)
  assert.is(asked, 1)
  back.resolve({ memory: 1 })
  await back.promise
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(await sampler.read(never), { cpu: 0.5, memory: 0.25 })
  sampler.stop()
})

aSampler.run()

const aPacking = suite('a packing of samples')

aPacking('names the metrics once, and leaves out what did not move', () => {
  const packing = createPacking()
  assert.is(packing.take(), undefined)
  packing.add(1000, 0, { disk: 0.5, cpu: 0.1, uptime: 10 })
  packing.add(2000, 1000, { disk: 0.5, cpu: 0.2, uptime: 11, memory: 0.3 })
  packing.add(3000, 2000, { disk: 0.5, cpu: 0.2, uptime: 12, memory: 0.3 })
  assert.is(packing.waiting, 2, 'a sample of nothing new is none')
  assert.equal(packing.take(), {
    metrics: ['cpu', 'memory', 'disk', 'uptime'],
    samples: [
      { at: 1000, values: [0.1, null, 0.5, 10] },
      { at: 2000, values: [0.2, 0.3, null, null] },
    ],
  })
  packing.add(250_000, 241_000, { disk: 0.5, cpu: 0.2, uptime: 250 })
  assert.equal(packing.take()?.metrics, ['cpu', 'disk', 'uptime'], 'everything again after some minutes')
})

aPacking('knows what is worth a message of its own', () => {
  const packing = createPacking()
  const first = { printer: 1, cpu: 0.1, network_received: 5, outbox: 0 }
  assert.ok(packing.hasMoved(first), 'a metric that was never told')
  packing.add(1, 1, first)
  assert.not.ok(packing.hasMoved({ ...first, cpu: 0.3, network_received: 1e9, outbox: 150 }))
  assert.ok(packing.hasMoved({ printer: 0 }))
  assert.ok(packing.hasMoved({ cpu: 0.5 }))
})

aPacking.run()

const world = (seconds = 60) => {
  let time = 1_000_000
  let values: Values = { cpu: 0.1, printer: 1 }
  const database = openDatabase(':memory:')
  const line = testLine()
  const outbox = createOutbox(database, line, silent, { paceMs: 1, telemetryPaceMs: 1, retryMs: 1 })
  const stopped = new AbortController()
  let next = Promise.withResolvers<void>()
  let waiting = Promise.withResolvers<number>()
  const vitals = createVitals({
    sampler: createSampler([reader('test', async () => values)], silent),
    ...{ line, outbox, logger: silent },
    now: () => time,
    monotonic: () => time,
    everySeconds: () => seconds,
    async wait(milliseconds) {
      next = Promise.withResolvers()
      waiting.resolve(milliseconds)
      await next.promise
    },
  })
  const running = vitals.run(stopped.signal)
  /** Lets one look pass. */
  const pass = async (change: Values = {}) => {
    time += await waiting.promise
    values = { ...values, ...change }
    waiting = Promise.withResolvers()
    next.resolve()
    await waiting.promise
  }
  return {
    ...{ line, outbox, database, vitals, pass },
    pause: () => waiting.promise,
    sent: () => line.sent.map(({ body }) => body as unknown as TelemetryBody),
    async stop() {
      await waiting.promise
      stopped.abort()
      next.resolve()
      await running
    },
  }
}

const vitalsOfATerminal = suite("a terminal's vitals")

vitalsOfATerminal('are told at once, then at the interval with several samples in one message', async () => {
  const { pass, sent, stop, pause } = world()
  assert.is(await pause(), 10_000)
  assert.is(sent().length, 1)
  for (let look = 0; look < 6; look += 1) await pass({ cpu: 0.1 + look / 100 })
  assert.is(sent().length, 2)
  assert.equal(
    sent()[1]?.samples.map(({ at }) => at - 1_000_000),
    [30_000, 60_000],
  )
  await stop()
})

vitalsOfATerminal('that jump are told out of turn, but not for ever', async () => {
  const { pass, sent, stop, vitals } = world()
  await pass({ printer: 0 })
  assert.is(sent().length, 2)
  assert.equal(sent()[1], { metrics: ['printer'], samples: [{ at: 1_010_000, values: [0] }] })
  assert.is(vitals.latest().printer, 0)
  for (let look = 0; look < 30; look += 1) await pass({ printer: look % 2 })
  assert.ok(sent().length <= 2 + 5 + 6 + 6, `${sent().length} messages in five minutes`)
  await stop()
})

vitalsOfATerminal('follow the interval of the configuration', async () => {
  const { pause, stop } = world(10)
  assert.is(await pause(), 5000)
  await stop()
})

vitalsOfATerminal('wait in the outbox while the line is down, behind events', async () => {
  const { line, outbox, pass, stop, pause } = world()
  await pause()
  line.fall()
  // Half an hour: a sample each thirty seconds, ten in one message.
  for (let look = 0; look < 180; look += 1) await pass({ cpu: (look % 90) / 100 })
  await stop()
  const kept = outbox.waiting
  assert.ok(kept >= 6 && kept <= 9, `${kept} messages`)
  outbox.put('event', { id: uuidv7(), type: 'device-fault', at: 1, data: {} })
  line.rise()
  const over = new AbortController()
  // The waits of an outbox alone keep no process alive.
  const alive = setInterval(() => {}, 1000)
  const sending = outbox.keepSending(over.signal)
  await line.until(() => line.sent.length === kept + 2)
  assert.equal(
    line.sent.slice(1, 3).map(({ kind }) => kind),
    ['event', 'telemetry'],
  )
  assert.ok(line.sent.slice(1).every(({ confirmed }) => confirmed))
  const body = line.sent[2]?.body as unknown as TelemetryBody
  assert.is(body.samples.length, 10)
  over.abort()
  await sending
  clearInterval(alive)
})

vitalsOfATerminal('that the line lost on the way are kept', async () => {
  const { line, outbox, pass, stop, pause } = world()
  await pause()
  line.lose(1)
  await pass({ printer: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  assert.is(outbox.waiting, 1)
  await stop()
})

vitalsOfATerminal.run()
