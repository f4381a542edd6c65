import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  EsclClient,
  type EsclClientOptions,
  EsclError,
  type ScanSettings,
} from '../../../../agent/devices/escl/escl.ts'
import { capabilities, status } from './documents.ts'

const client = suite('an eSCL client')
const never = new AbortController().signal
/** A busy machine must not look like a silent device: only where silence is the fault the wait is short. */
const patient = { retryMs: 5, busyMs: 300, settleMs: 50 }
const hasty = { ...patient, firstByteMs: 200, stallMs: 200, pageMs: 400 }
const settings: ScanSettings = {
  version: '2.63',
  source: 'Platen',
  region: { x: 0, y: 0, width: 300, height: 300 },
  resolution: 75,
  colorMode: 'RGB24',
  format: 'image/jpeg',
}
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5, 6])

type Answerer = (incoming: IncomingMessage, answer: ServerResponse) => void

/** Lends a device that answers as told, and what it was asked. */
const withDevice = async (
  answerer: Answerer,
  use: (device: EsclClient, asked: readonly string[]) => Promise<void>,
  options: Partial<EsclClientOptions> = {},
): Promise<void> => {
  const asked: string[] = []
  const server = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    incoming.resume()
    answerer(incoming, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const device = new EsclClient({ url: `http://127.0.0.1:${port}/eSCL`, timeouts: patient, ...options })
  try {
    await use(device, asked)
  } finally {
    device.close()
    server.closeAllConnections()
    server.close()
  }
}

const failure = async (promise: Promise<unknown>): Promise<EsclError> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(thrown, EsclError)
  return thrown as EsclError
}

const read = async (body: AsyncIterable<Uint8Array> | readonly Uint8Array[]): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A device whose job sends these answers to NextDocument, one after the other, then 404; `state` is the job's. */
const jobDevice =
  (
    pages: Answerer[],
    state: () => string = () => (pages.length > 0 ? 'Processing' : 'Completed'),
  ): Answerer =>
  (incoming, answer) => {
    if (incoming.method === 'POST') answer.writeHead(201, { location: '/eSCL/ScanJobs/17' }).end()
    else if (incoming.url?.endsWith('ScannerStatus')) {
      answer.end(
        status
          .replace('<pwg:JobState>Processing<', `<pwg:JobState>${state()}<`)
          .replace('>1</pwg:ImagesToTransfer', '>0</pwg:ImagesToTransfer'),
      )
    } else if (incoming.url?.endsWith('NextDocument')) {
      const page = pages.shift()
      if (page === undefined) answer.writeHead(404).end()
      else page(incoming, answer)
    } else answer.end()
  }

const sendJpeg: Answerer = (_, answer) => void answer.end(jpeg)
const sendStatus =
  (code: number, headers = {}): Answerer =>
  (_, answer) =>
    void answer.writeHead(code, headers).end()

client('reads capabilities and status', async () => {
  await withDevice(
    (incoming, answer) => void answer.end(incoming.url?.endsWith('Capabilities') ? capabilities : status),
    async (device, asked) => {
      assert.is((await device.capabilities(never)).platen?.maxWidth, 2550)
      assert.is((await device.status(never)).jobs.length, 2)
      assert.equal(asked, ['GET /eSCL/ScannerCapabilities', 'GET /eSCL/ScannerStatus'])
    },
  )
})

client('fetches every page, then deletes the job', async () => {
  await withDevice(
    jobDevice([sendJpeg, sendStatus(404), sendStatus(503), sendStatus(409), sendJpeg]),
    async (device, asked) => {
      const job = await device.createJob(settings, never)
      for (let page = 0; page < 2; page += 1) {
        const document = await job.nextDocument(never)
        assert.is(document?.format, 'image/jpeg')
        assert.equal(await read(document?.body ?? []), jpeg)
      }
      assert.is(await job.nextDocument(never), undefined)
      await Promise.all([job.cancel(), job.cancel()])
      assert.equal(
        asked.filter((one) => one.startsWith('DELETE')),
        ['DELETE /eSCL/ScanJobs/17'],
      )
    },
  )
})

for (const [form, location, path] of [
  ['absolute', 'http://127.0.0.1:1/eSCL/ScanJobs/17', '/eSCL/ScanJobs/17'],
  [
    'with another host and scheme',
    'https://mfp.invalid:9095/eSCL/ScanJobs/urn:uuid:17',
    '/eSCL/ScanJobs/urn:uuid:17',
  ],
  ['without a host', '/eSCL2/ScanJobs/17/', '/eSCL2/ScanJobs/17'],
  ['relative to the request', 'ScanJobs/17', '/eSCL/ScanJobs/17'],
  ['with dots', '/eSCL/../../eSCL/ScanJobs/17?a#b', '/eSCL/ScanJobs/17'],
  ['with characters to be escaped', '/eSCL/ScanJobs/a b"c', '/eSCL/ScanJobs/a%20b%22c'],
] as const) {
  client(`stays with its device when the Location is ${form}`, async () => {
    await withDevice(sendStatus(201, { location }), async (device, asked) => {
      const job = await device.createJob(settings, never)
      assert.is(job.path, path)
      await job.cancel()
      assert.is(asked.at(-1), `DELETE ${path}`)
    })
  })
}

for (const location of ['', '/eSCL/', 'http://', '/eSCL/ScanJobs/', `/eSCL/ScanJobs/${'a'.repeat(2000)}`]) {
  client(`does not take «${location.slice(0, 20)}» for a job`, async () => {
    await withDevice(sendStatus(201, { location }), async (device) => {
      assert.is((await failure(device.createJob(settings, never))).kind, 'malformed')
    })
  })
}

for (const [code, kind] of [
  [301, 'malformed'],
  [204, 'malformed'],
  [400, 'refused'],
  [401, 'refused'],
  [409, 'busy'],
  [500, 'fault'],
  [503, 'busy'],
] as const) {
  client(`says ${kind} for status ${code} and goes nowhere else`, async () => {
    await withDevice(
      sendStatus(code, { location: 'http://127.0.0.1:1/eSCL/ScannerStatus' }),
      async (device) => {
        const error = await failure(device.status(never))
        assert.is(error.kind, kind)
        assert.is(error.status, code)
        assert.is((await failure(device.createJob(settings, never))).kind, kind)
      },
    )
  })
}

client('fails on other statuses in place of a page', async () => {
  await withDevice(jobDevice([sendStatus(302), sendStatus(500)]), async (device) => {
    const job = await device.createJob(settings, never)
    assert.is((await failure(job.nextDocument(never))).kind, 'refused')
    assert.is((await failure(job.nextDocument(never))).kind, 'fault')
  })
})

client('takes an error page for the end after a page, and for an error before one', async () => {
  const errorPage: Answerer = (_, answer) => void answer.end('<html>Error</html>')
  await withDevice(
    jobDevice([errorPage], () => 'Aborted'),
    async (device) => {
      const job = await device.createJob(settings, never)
      assert.is((await failure(job.nextDocument(never))).kind, 'not-image')
    },
  )
  await withDevice(
    jobDevice([sendJpeg, errorPage], () => 'Completed'),
    async (device) => {
      const job = await device.createJob(settings, never)
      await read((await job.nextDocument(never))?.body ?? [])
      assert.is(await job.nextDocument(never), undefined)
    },
  )
})

client('waits for a job that stays open only as long as a page could still come', async () => {
  const pages = [sendJpeg, sendJpeg]
  const device = jobDevice(pages, () => 'Processing')
  const emptied: Answerer = (incoming, answer) => {
    if (!incoming.url?.endsWith('ScannerStatus')) return device(incoming, answer)
    const done = 2 - pages.length
    answer.end(
      status
        .replace('ScannerAdfProcessing', 'ScannerAdfEmpty')
        .replace('>2</pwg:ImagesCompleted', `>${done}</pwg:ImagesCompleted`)
        .replace('>1</pwg:ImagesToTransfer', '>0</pwg:ImagesToTransfer'),
    )
  }
  await withDevice(emptied, async (client) => {
    const job = await client.createJob(settings, never)
    for (let page = 0; page < 2; page += 1) await read((await job.nextDocument(never))?.body ?? [])
    assert.is(await job.nextDocument(never), undefined)
  })
  await withDevice(
    jobDevice([], () => 'Processing'),
    async (client) => {
      const job = await client.createJob(settings, never)
      assert.is((await failure(job.nextDocument(never))).kind, 'timeout')
    },
    { timeouts: hasty },
  )
})

client('asks a device again that is too busy to tell how it stands, but not for ever', async () => {
  let refusals = 2
  const device = jobDevice([sendJpeg], () => 'Completed')
  const busy: Answerer = (incoming, answer) => {
    if (!incoming.url?.endsWith('ScannerStatus')) return device(incoming, answer)
    refusals -= 1
    if (refusals < 0) device(incoming, answer)
    else answer.writeHead(503).end()
  }
  await withDevice(
    busy,
    async (client) => {
      const job = await client.createJob(settings, never)
      await read((await job.nextDocument(never))?.body ?? [])
      assert.is(await job.nextDocument(never), undefined)
      refusals = Number.POSITIVE_INFINITY
      assert.is((await failure(job.nextDocument(never))).kind, 'busy')
    },
    { timeouts: { ...patient, settleMs: 500 } },
  )
})

client('is not held by silence, by trickle or by a flood', async () => {
  await withDevice(
    () => undefined,
    async (device) => {
      assert.is((await failure(device.status(never))).kind, 'timeout')
    },
    { timeouts: hasty },
  )
  await withDevice(
    (_, answer) => void answer.writeHead(200).write('<'),
    async (device) => {
      assert.is((await failure(device.status(never))).kind, 'timeout')
    },
    { timeouts: hasty },
  )
  await withDevice(
    (_, answer) => {
      const trickle = setInterval(() => answer.write(' '), 20)
      answer.on('close', () => clearInterval(trickle))
    },
    async (device) => {
      assert.is((await failure(device.status(never))).kind, 'timeout')
    },
    { timeouts: hasty },
  )
  const flood: Answerer = (_, answer) => {
    const pour = () => {
      while (!answer.destroyed && answer.write(Buffer.alloc(64 * 1024, ' ')));
    }
    answer.on('drain', pour)
    answer.write(jpeg)
    pour()
  }
  await withDevice(flood, async (device) => {
    assert.is((await failure(device.status(never))).kind, 'too-large')
  })
  await withDevice(
    jobDevice([flood]),
    async (device) => {
      const job = await device.createJob(settings, never)
      const document = await job.nextDocument(never)
      assert.is((await failure(read(document?.body ?? []))).kind, 'too-large')
    },
    { maxBytes: 1024 * 1024 },
  )
})

client('does not count the time that its reader takes as the silence of the device', async () => {
  const halves: Answerer = (_, answer) => {
    answer.writeHead(200, { 'content-length': '20' }).write(jpeg)
    answer.end(jpeg)
  }
  const silenceMs = 500
  await withDevice(
    jobDevice([halves]),
    async (device) => {
      const job = await device.createJob(settings, never)
      const document = await job.nextDocument(never)
      let length = 0
      for await (const piece of document?.body ?? []) {
        length += piece.length
        await pause(silenceMs * 1.5)
      }
      assert.is(length, 20)
    },
    { timeouts: { ...patient, firstByteMs: silenceMs, stallMs: silenceMs } },
  )
})

client('says truncated when the connection breaks, and when the reader closes the page', async () => {
  const broken: Answerer = (_, answer) => {
    answer.writeHead(200, { 'content-length': '1000' }).write(jpeg)
    answer.socket?.destroySoon()
  }
  const open: Answerer = (_, answer) => void answer.writeHead(200, { 'content-length': '1000' }).write(jpeg)
  await withDevice(jobDevice([broken, open]), async (device) => {
    const job = await device.createJob(settings, never)
    assert.is((await failure(read((await job.nextDocument(never))?.body ?? []))).kind, 'truncated')
    const document = await job.nextDocument(never)
    const reading = failure(read(document?.body ?? []))
    document?.close()
    assert.is((await reading).kind, 'truncated')
  })
})

client('throws the reason of an aborted signal at every step', async () => {
  const reason = new Error('enough')
  const silent: Answerer = (incoming, answer) => {
    if (incoming.method === 'POST') answer.writeHead(201, { location: '/eSCL/ScanJobs/17' }).end()
    else if (incoming.url?.endsWith('NextDocument')) answer.writeHead(200).write(jpeg)
  }
  await withDevice(silent, async (device) => {
    const aborted = AbortSignal.abort(reason)
    const thrownBy = (promise: Promise<unknown>) => promise.catch((thrown: unknown) => thrown)
    assert.is(await thrownBy(device.status(aborted)), reason)
    assert.is(await thrownBy(device.createJob(settings, aborted)), reason)
    const aborter = new AbortController()
    const waiting = thrownBy(device.status(aborter.signal))
    const job = await device.createJob(settings, never)
    const document = await job.nextDocument(aborter.signal)
    const reading = thrownBy(read(document?.body ?? []))
    aborter.abort(reason)
    assert.is(await waiting, reason)
    assert.is(await reading, reason)
  })
})

client('cancels a job that the device creates after the abort', async () => {
  const deleted = Promise.withResolvers<string>()
  const aborter = new AbortController()
  await withDevice(
    (incoming, answer) => {
      if (incoming.method === 'DELETE') {
        deleted.resolve(incoming.url ?? '')
        answer.end()
        return
      }
      aborter.abort(new Error('enough'))
      setTimeout(() => answer.writeHead(201, { location: '/eSCL/ScanJobs/17' }).end(), 50)
    },
    async (device) => {
      assert.is(
        (await device.createJob(settings, aborter.signal).catch((thrown) => thrown)).message,
        'enough',
      )
      assert.is(await deleted.promise, '/eSCL/ScanJobs/17')
    },
  )
})

client('keeps a connection where the device needs it, and survives its end', async () => {
  const ports = new Set<number>()
  await withDevice(
    (incoming, answer) => {
      ports.add(incoming.socket.remotePort ?? 0)
      answer.end(status)
    },
    async (device, asked) => {
      for (let count = 0; count < 3; count += 1) await device.status(never)
      assert.is(ports.size, 1)
      assert.is(asked.length, 3)
    },
    { keepAlive: true },
  )
})

client('says what a port is that is closed or speaks no HTTP', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined).resume()
    socket.end('SSH-2.0-OpenSSH_9.2\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const device = new EsclClient({ url: `http://127.0.0.1:${port}/eSCL/`, timeouts: patient })
  assert.is((await failure(device.status(never))).kind, 'malformed')
  server.close()
  await once(server, 'close')
  assert.is((await failure(device.status(never))).kind, 'unreachable')
  assert.throws(() => new EsclClient({ url: 'https://127.0.0.1/eSCL/' }), /http/)
})

client.run()
