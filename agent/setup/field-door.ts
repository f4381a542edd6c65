import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Logger } from 'pino'
import { maxClaimFileBytes } from '../../protocol/claim-file.ts'
import { type SetupStep, setupSteps } from '../../protocol/setup.ts'
import { readBounded } from '../link/https.ts'
import type { Setup } from './setup.ts'

/*
 * INVARIANTS
 * 1. It listens on loopback alone, and answers only to a name of loopback: a page elsewhere whose name was made to
 *    point here (DNS rebinding) gets nothing.
 * 2. Only this page and programs of this machine change anything: a request of another origin is refused, and each
 *    one that changes something is JSON, which no form of another page can send.
 */

/** What the field door needs. */
export interface FieldDoorParts {
  readonly setup: Setup
  /** The folder of the built page; programs can do all of it without one. */
  readonly page?: string
  /** 0 picks a free one. */
  readonly port: number
  readonly logger: Logger
}

/** The technician's way in: a page and its JSON on 127.0.0.1. */
export interface FieldDoor {
  start(): Promise<void>
  stop(): Promise<void>
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string
}

const mostBodyBytes = maxClaimFileBytes + 1024

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const isStep = (name: string): name is SetupStep => (setupSteps as readonly string[]).includes(name)

/** Opens the door when it is started. */
export const createFieldDoor = ({ setup, page, port, logger }: FieldDoorParts): FieldDoor => {
  const closing = new AbortController()
  const server: Server = createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000, maxHeaderSize: 8192 },
    (request, response) => {
      response.setHeader('x-content-type-options', 'nosniff')
      response.setHeader('content-security-policy', policy)
      response.setHeader('referrer-policy', 'no-referrer')
      response.setHeader('cache-control', 'no-store')
      answer(request, response).catch((error: unknown) => {
        logger.debug({ error }, 'a request of the field page failed')
        if (response.headersSent) response.destroy()
        else end(response, 500)
      })
    },
  )
  server.maxConnections = 32

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const { method } = request
    if (!isFromHere(request, boundPort())) return end(response, 403)
    if (method === 'GET' && pathname === '/setup') return json(response, 200, await setup.state())
    if (method === 'GET' && pathname === '/setup/events') return events(response)
    if (method === 'GET') return file(pathname, response)
    if (!isJson(request)) return end(response, 415)
    if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return end(response, 413)
    const body = await readBounded(request, mostBodyBytes)
    if (method === 'DELETE' && pathname === '/setup/running') {
      setup.cancel()
      return json(response, 200, await setup.state())
    }
    const [, step = ''] = /^\/setup\/([a-z]+)$/.exec(pathname) ?? []
    if (method !== 'POST' || !isStep(step)) return end(response, 404)
    const input = parse(body)
    if (input === undefined) return end(response, 400)
    if (!setup.begin(step, input)) return end(response, 409)
    json(response, 202, await setup.state())
  }

  /** The state after each change (HTML 9.2, server-sent events); a reader that is slow misses only what is past. */
  const events = async (response: ServerResponse): Promise<void> => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const ends = AbortSignal.any([gone.signal, closing.signal])
    for await (const state of setup.changes(ends)) {
      const free = response.write(`data: ${JSON.stringify(state)}\n\n`)
      if (!free) await once(response, 'drain', { signal: ends }).catch(() => undefined)
    }
    response.end()
  }

  const file = async (pathname: string, response: ServerResponse): Promise<void> => {
    const [, name] = /^\/((?:assets\/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?$/.exec(pathname) ?? []
    const mediaType = mediaTypes[extname(name ?? 'index.html')]
    if (page === undefined || mediaType === undefined) return end(response, 404)
    const bytes = await readFile(join(page, name ?? 'index.html')).catch(() => undefined)
    if (bytes === undefined) return end(response, 404)
    response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.length }).end(bytes)
  }

  const boundPort = () => (server.address() as AddressInfo).port

  return {
    async start() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      server.on('error', (error) => logger.error({ error }, 'the field door has a fault'))
    },
    async stop() {
      closing.abort()
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
    get url() {
      return `http://127.0.0.1:${boundPort()}/`
    },
  }
}

const isFromHere = ({ headers }: IncomingMessage, port: number): boolean => {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`]
  const { host, origin, 'sec-fetch-site': site } = headers
  if (host === undefined || !names.includes(host)) return false
  if (origin !== undefined && !names.some((name) => origin === `http://${name}`)) return false
  return site === undefined || site === 'same-origin' || site === 'none'
}

const isJson = ({ headers }: IncomingMessage): boolean => headers['content-type'] === 'application/json'

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

const end = (response: ServerResponse, status: number): void => {
  // What is left of a refused body is not waited for.
  response.writeHead(status, { 'content-length': 0, connection: 'close' }).end()
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
