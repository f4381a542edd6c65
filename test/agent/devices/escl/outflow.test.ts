import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EsclClient, type EsclClientOptions, EsclError } from '../../../../agent/devices/escl/escl.ts'

const outflow = suite('a page that must not be broken off')
const never = new AbortController().signal
const page = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(512 * 1024)])
const region = { x: 0, y: 0, width: 600, height: 600 }
const settings = {
  version: '2.63',
  source: 'Platen',
  region,
  resolution: 75,
  colorMode: 'RGB24',
  format: 'image/jpeg',
} as const

/** A device that sends the halves of its page when it is told, and tells what happened in which order. */
const startDevice = async () => {
  const asked = Promise.withResolvers<void>()
  const halves = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()] as const
  const events: string[] = []
  const server = createServer(async (incoming, answer) => {
    if (incoming.method === 'DELETE') {
      events.push('job ended')
      answer.end()
    } else if (incoming.method === 'POST') {
      answer.writeHead(201, { location: '/eSCL/ScanJobs/1' }).end()
    } else {
      answer.once('close', () => events.push(answer.writableFinished ? 'page out' : 'page broken off'))
      asked.resolve()
      if (!(await halves[0].promise)) return answer.writeHead(404).end()
      answer.write(page.subarray(0, page.length / 2))
      if (await halves[1].promise) answer.end(page.subarray(page.length / 2))
    }
    return undefined
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/eSCL/`
  return {
    asked: asked.promise,
    halves,
    events,
    client: (options: Omit<EsclClientOptions, 'url'>) => new EsclClient({ url, ...options }),
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const reasonOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((thrown) => thrown)

for (const [title, runOutMs, order] of [
  ['runs out before the job is ended', 20_000, ['page out', 'job ended']],
  ['is broken off by a client that does not know it', undefined, ['page broken off', 'job ended']],
] as const) {
  outflow(`${title}, when the scan is aborted before it comes`, async () => {
    const device = await startDevice()
    const job = await device.client(runOutMs === undefined ? {} : { runOutMs }).createJob(settings, never)
    const stop = new AbortController()
    const coming = reasonOf(job.nextDocument(stop.signal))
    await device.asked
    stop.abort('enough')
    assert.is(await coming, 'enough')
    if (runOutMs === undefined) await job.cancel()
    device.halves[0].resolve(true)
    device.halves[1].resolve(true)
    await job.cancel()
    assert.equal(device.events.toSorted(), order.toSorted())
    if (runOutMs !== undefined) assert.equal(device.events, order)
    await device.stop()
  })
}

outflow('runs out when its reader leaves in its middle', async () => {
  const device = await startDevice()
  const job = await device.client({ runOutMs: 20_000 }).createJob(settings, never)
  device.halves[0].resolve(true)
  const document = await job.nextDocument(never)
  document?.close()
  const ended = job.cancel()
  assert.equal(device.events, [])
  device.halves[1].resolve(true)
  await ended
  assert.equal(device.events, ['page out', 'job ended'])
  await device.stop()
})

outflow('is given up when it does not end', async () => {
  const device = await startDevice()
  const job = await device.client({ runOutMs: 50 }).createJob(settings, never)
  device.halves[0].resolve(true)
  const document = await job.nextDocument(never)
  document?.close()
  await job.cancel()
  assert.equal(device.events.toSorted(), ['job ended', 'page broken off'])
  await device.stop()
})

outflow('is given up when it never begins, and when none comes', async () => {
  for (const comes of [undefined, false]) {
    const device = await startDevice()
    const job = await device.client({ runOutMs: 50 }).createJob(settings, never)
    const stop = new AbortController()
    const coming = reasonOf(job.nextDocument(stop.signal))
    await device.asked
    stop.abort('enough')
    assert.is(await coming, 'enough')
    if (comes === false) device.halves[0].resolve(false)
    await job.cancel()
    assert.is(device.events.at(-1), 'job ended')
    await device.stop()
  }
})

outflow('that breaks by itself is truncated', async () => {
  const device = await startDevice()
  const job = await device.client({ runOutMs: 20_000 }).createJob(settings, never)
  device.halves[0].resolve(true)
  const document = await job.nextDocument(never)
  assert.ok(document)
  const read = reasonOf(
    (async () => {
      for await (const _ of document.body);
    })(),
  )
  await device.stop()
  const error = await read
  assert.ok(error instanceof EsclError && error.kind === 'truncated')
  await job.cancel()
})

outflow.run()
