import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createIppClient,
  type IppClientOptions,
  IppError,
  type IppErrorKind,
  type JobRequest,
  strings,
} from '../../../../agent/devices/ipp/ipp.ts'
import {
  attributes,
  type IppRequest,
  type IppServer,
  operationOf,
  serveHttp,
  serveIpp,
} from '../../../support/ipp-server.ts'

const never = (): AbortSignal => new AbortController().signal
const job: JobRequest = {
  name: 'Avyl',
  format: 'application/pdf',
  template: new Map([['copies', [{ tag: 'integer', value: 2 }]]]),
}

const folder = await mkdtemp(join(tmpdir(), 'avyl-ipp-'))
const file = join(folder, 'document.pdf')
const content = Buffer.alloc(3 * 1024 * 1024, 'page ')
await writeFile(file, content)
/** More than fits into what lies between the two. */
const big = join(folder, 'big.pdf')
await writeFile(big, Buffer.alloc(16 * 1024 * 1024))

const failsWith = async (kind: IppErrorKind, attempt: Promise<unknown>): Promise<IppError> => {
  try {
    await attempt
  } catch (error) {
    assert.instance(error, IppError)
    assert.is((error as IppError).kind, kind, (error as Error).message)
    return error as IppError
  }
  return assert.unreachable('it did not fail') as never
}

const describe = (server: IppServer, options?: IppClientOptions): Promise<unknown> =>
  createIppClient(server.uri, options).getPrinterAttributes(['all'], never())

const client = suite('the IPP client')

client('sends charset, language and target first, the job after them, and the document behind', async () => {
  let received: IppRequest | undefined
  const server = await serveIpp((request) => {
    received = request
    return { code: 0, groups: [{ tag: 'job', attributes: attributes({ 'job-id': 7 }) }] }
  })
  assert.is(await createIppClient(server.uri, { user: 'terminal' }).printJob(job, file, never()), 7)
  await server.stop()
  assert.is(received && operationOf(received.message), 'Print-Job')
  const [operation, template] = received?.message.groups ?? []
  assert.equal(
    [...(operation?.attributes.keys() ?? [])],
    [
      'attributes-charset',
      'attributes-natural-language',
      'printer-uri',
      'requesting-user-name',
      'job-name',
      'document-format',
    ],
  )
  assert.equal(strings(operation?.attributes ?? new Map(), 'requesting-user-name'), ['terminal'])
  assert.equal(template, { tag: 'job', attributes: job.template })
  assert.ok(received?.document.equals(content))
})

client('names the job of the operations on one', async () => {
  const seen: unknown[] = []
  const server = await serveIpp(({ message }) => {
    seen.push([operationOf(message), message.groups[0]?.attributes.get('job-id')?.[0]?.value])
    return { code: 0, groups: [{ tag: 'job', attributes: attributes({ 'job-id': 7 }) }] }
  })
  const printer = createIppClient(server.uri)
  await printer.validateJob(job, never())
  const id = await printer.createJob(job, never())
  await printer.sendDocument(id, job, file, never())
  await printer.getJobAttributes(id, ['job-state'], never())
  await printer.cancelJob(id, never())
  await printer.resumePrinter(never())
  await server.stop()
  assert.equal(seen, [
    ['Validate-Job', undefined],
    ['Create-Job', undefined],
    ['Send-Document', 7],
    ['Get-Job-Attributes', 7],
    ['Cancel-Job', 7],
    ['Resume-Printer', undefined],
  ])
})

client('tells the status of a refusal by its keyword', async () => {
  const message = attributes({ 'status-message': 'One job at a time' })
  const server = await serveIpp(() => ({ code: 0x0507, groups: [{ tag: 'operation', attributes: message }] }))
  const error = await failsWith('status', createIppClient(server.uri).validateJob(job, never()))
  await server.stop()
  assert.is(error.status, 'server-error-busy')
  assert.match(error.message, /One job at a time/)
})

client('takes a refusal that comes before the document is through', async () => {
  const busy = await readFile('test/fixtures/ipp/print-job-busy.ipp')
  const server = await serveHttp((request, response) => {
    request.once('data', () => {
      response.writeHead(200, { 'content-type': 'application/ipp', 'content-length': busy.length })
      response.write(busy)
    })
  })
  const error = await failsWith('status', createIppClient(server.uri).printJob(job, file, never()))
  await server.stop()
  assert.is(error.status, 'server-error-busy')
})

client(
  'asks what shall be done while a document stands still, and goes on when the printer does',
  async () => {
    const answered = await readFile('test/fixtures/ipp/print-job-busy.ipp')
    let held: IncomingMessage | undefined
    const server = await serveHttp((request, response) => {
      held = request.pause()
      request.once('end', () => {
        response.writeHead(200, { 'content-type': 'application/ipp' }).end(answered)
      })
    })
    let asked = 0
    const standsStill = async (): Promise<void> => {
      asked += 1
      if (asked === 3) held?.resume()
    }
    const printer = createIppClient(server.uri, { stillMs: 50 })
    await failsWith('status', printer.printJob(job, big, never(), standsStill))
    assert.ok(asked >= 3)
    await server.stop()
  },
)

client('gives a document up that stands still when it is told to, and says why', async () => {
  const server = await serveHttp((request) => {
    request.pause()
  })
  const reason = new Error('The printer is gone')
  let over: AbortSignal | undefined
  const standsStill = async (signal: AbortSignal): Promise<void> => {
    over = signal
    throw reason
  }
  const printer = createIppClient(server.uri, { stillMs: 50 })
  const attempt = printer.sendDocument(7, job, big, never(), standsStill)
  assert.is(await attempt.catch((error: unknown) => error), reason)
  assert.ok(over?.aborted)
  await server.stop()
})

client('goes to printers by ipp URIs only', () => {
  for (const uri of ['http://localhost/', 'https://localhost/', 'ipp:', 'ipp://user@host/', 'printer']) {
    assert.throws(
      () => createIppClient(uri),
      (error: unknown) => error instanceof IppError && error.kind === 'invalid',
    )
  }
})

const hostile = suite('a hostile printer cannot hold the IPP client')

hostile('by not answering', async () => {
  const server = await serveHttp(() => undefined)
  await failsWith('timeout', describe(server, { limits: { silenceMs: 50 } }))
  await server.stop()
})

hostile('by answering a byte at a time', async () => {
  const server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ipp' })
    const drip = setInterval(() => response.write('\x02'), 10)
    response.once('close', () => clearInterval(drip))
  })
  await failsWith('timeout', describe(server, { limits: { silenceMs: 5000, totalMs: 200 } }))
  await server.stop()
})

hostile('by an answer without end', async () => {
  const server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ipp' })
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65536)));
    }
    response.on('drain', pour)
    pour()
  })
  await failsWith('limit', describe(server))
  await server.stop()
})

hostile('by not reading the document', async () => {
  const server = await serveHttp((request) => {
    request.pause()
  })
  const printer = createIppClient(server.uri, { documentMs: 100 })
  await failsWith('timeout', printer.printJob(job, big, never()))
  await server.stop()
})

hostile('by hanging up', async () => {
  const server = await serveHttp((_request, response) => response.destroy())
  await failsWith('unreachable', describe(server))
  await server.stop()
  await failsWith('unreachable', describe(server))
})

hostile('by hanging up within its answer', async () => {
  const server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ipp', 'content-length': 1000 })
    response.write('\x02\x00', () => response.destroy())
  })
  await failsWith('unreachable', describe(server))
  await server.stop()
})

hostile('by something else than IPP', async () => {
  const page = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  })
  await failsWith('http', describe(page))
  await page.stop()
  const missing = await serveHttp((_request, response) => response.writeHead(404).end())
  await failsWith('http', describe(missing))
  await missing.stop()
  const untyped = await serveHttp((_request, response) => response.end())
  await failsWith('http', describe(untyped))
  await untyped.stop()
})

hostile('by garbage', async () => {
  const server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ipp' }).end(Buffer.alloc(5000, 0x34))
  })
  await failsWith('malformed', describe(server))
  await server.stop()
})

hostile('by the answer to another request', async () => {
  const reply = await readFile('test/fixtures/ipp/printer-attributes.ipp')
  reply.writeInt32BE(4711, 4)
  const server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/ipp' }).end(reply)
  })
  await failsWith('malformed', describe(server))
  await server.stop()
})

hostile('by a job without a number', async () => {
  const server = await serveIpp(() => ({ code: 0, groups: [] }))
  await failsWith('malformed', createIppClient(server.uri).createJob(job, never()))
  await server.stop()
})

const stopped = suite('an exchange by IPP that is stopped')

stopped('ends at once with the reason, whether or not it has begun', async () => {
  const server = await serveHttp(() => undefined)
  const reason = new Error('enough')
  const printer = createIppClient(server.uri)
  for (const signal of [AbortSignal.abort(reason), soon(reason)]) {
    const attempt = printer.printJob(job, file, signal)
    assert.is(await attempt.catch((error: unknown) => error), reason)
  }
  await server.stop()
})

const soon = (reason: Error): AbortSignal => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(reason), 30)
  return stop.signal
}

stopped.after(() => rm(folder, { recursive: true }))

client.run()
hostile.run()
stopped.run()
