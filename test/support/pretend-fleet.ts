import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { CommandDefaults } from '../../fleet/api/configuration-schemas.ts'
import {
  Artefact,
  Band,
  Command,
  CommandRequest,
  Composition,
  Problem,
  type ProblemCode,
  Terminal,
} from '../../fleet/api/schemas.ts'
import { isCommandName, specOf } from '../../protocol/commands.ts'
import { Progress } from '../../protocol/messages.ts'
import { uuidv7 } from '../../protocol/uuid.ts'

const statuses: Readonly<Partial<Record<ProblemCode, number>>> = {
  'not-signed-in': 401,
  'not-allowed': 403,
  'not-found': 404,
  'unsupported-media-type': 415,
  'too-large': 413,
  conflict: 409,
  'rate-limited': 429,
  erased: 410,
  'not-ready': 425,
  internal: 500,
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'"

class Refusal extends Error {
  readonly code: ProblemCode

  constructor(code: ProblemCode) {
    super(code)
    this.code = code
  }
}

interface StoredFile {
  readonly artefact: Artefact
  readonly bytes: Buffer
  readonly preview?: Buffer
}

/** One request as it came. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

interface Call {
  readonly id: string
  readonly body: unknown
  readonly type: string
  readonly session: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

interface Reply {
  readonly status: number
  readonly value?: unknown
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Refusal('not-found')
  return value
}

const checked = <T>(schema: TSchema, value: T): T => {
  if (!Value.Check(schema, value)) {
    throw new Error(
      `The pretended fleet broke the contract: ${JSON.stringify([...Value.Errors(schema, value)])}`,
    )
  }
  return value
}

/**
 * Speaks the HTTP contract of the fleet with nothing behind it: a test says what terminals are there and how each
 * command goes on. All that it sends and takes is checked by the contract's own schemas. Serves built pages too.
 */
export class PretendFleet {
  readonly terminals = new Map<string, Terminal>()
  readonly commands = new Map<string, Command>()
  readonly files = new Map<string, StoredFile>()
  readonly received: Received[] = []
  readonly token = 'a-token-for-tests'
  readonly login = { user: 'expert', password: 'correct horse' }
  /** How every terminal is configured. */
  defaults: CommandDefaults = {
    scan: { dpi: 300, mode: 'colour', format: 'pdf', clean: 'full' },
    print: { duplex: 'none', colour: true },
  }
  /** Refuses the next request whose method and path begin with a key, once. */
  readonly refusals = new Map<string, ProblemCode>()
  url = ''
  /** When each live stream says that its next heartbeat comes, in milliseconds; silent where it is `undefined`. */
  beatMs: number | undefined = 600_000
  /** Answers nothing while true, as a fleet that is down. */
  down = false
  readonly #pages: string | undefined
  readonly #heard = new EventEmitter().setMaxListeners(100)
  readonly #streams = new Set<{ response: ServerResponse; command?: string }>()
  readonly #keys = new Map<string, string>()
  readonly #server: Server
  readonly #sessions = new Set<string>()
  #now = Date.now()

  constructor(pages?: string) {
    this.#pages = pages
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.cutStreams()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Puts a terminal there, or changes it; live pages hear of it. */
  setTerminal(terminal: Terminal): void {
    this.terminals.set(terminal.id, checked(Terminal, terminal))
    this.#tell('terminal', terminal)
  }

  /** The next command of this name that was asked for, or one that is asked for later. */
  async asked(name: string): Promise<Command> {
    for (;;) {
      const waiting = [...this.commands.values()].find(
        (command) => command.name === name && command.state === 'queued',
      )
      if (waiting !== undefined) return this.change(waiting.id, { state: 'received' })
      await once(this.#heard, 'command', { signal: AbortSignal.timeout(10_000) })
    }
  }

  /** The next request of this method and path, among all so far or later. */
  async heard(method: string, path: string): Promise<Received> {
    for (;;) {
      const found = this.received.findLast((one) => one.method === method && one.path === path)
      if (found !== undefined) return found
      await once(this.#heard, 'request', { signal: AbortSignal.timeout(10_000) })
    }
  }

  /** Takes a command further. */
  change(id: string, change: Partial<Command>): Command {
    const before = this.commands.get(id)
    if (before === undefined) throw new Error('no such command')
    this.#now += 1
    const command = checked(Command, { ...before, ...change, updatedAt: this.#now })
    this.commands.set(id, command)
    this.#tell('command', command)
    this.#tell('state', command, id)
    return command
  }

  progress(id: string, progress: Progress): void {
    this.#tell('progress', checked(Progress, progress), id)
  }

  band(id: string, band: Band): void {
    this.#tell('band', checked(Band, band), id)
  }

  log(id: string, lines: readonly string[]): void {
    this.#tell('log', { lines }, id)
  }

  keep(
    bytes: Buffer,
    mediaType: string,
    more: Partial<StoredFile & { command: string; pages: number }> = {},
  ): Artefact {
    const artefact = checked(Artefact, {
      id: uuidv7(this.#now),
      kind: mediaType === 'application/pdf' ? 'document' : 'page',
      mediaType,
      bytes: bytes.length,
      sha256: 'a'.repeat(64),
      createdAt: this.#now,
      erasedAt: this.#now + 86_400_000,
      ...(more.command !== undefined && { command: more.command }),
      ...(more.pages !== undefined && { pages: more.pages }),
    } as Artefact)
    this.files.set(artefact.id, {
      artefact,
      bytes,
      ...(more.preview !== undefined && { preview: more.preview }),
    })
    return artefact
  }

  /** Breaks every live stream, as a lost link does. */
  cutStreams(): void {
    for (const { response } of this.#streams) response.destroy()
    this.#streams.clear()
  }

  /** Ends every session, as time does. */
  endSessions(): void {
    this.#sessions.clear()
  }

  #tell(event: string, data: unknown, command?: string): void {
    for (const stream of this.#streams) {
      if (stream.command === command)
        stream.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    if (this.down) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-security-policy', policy)
    try {
      if (!pathname.startsWith('/api/v1/')) return await this.#page(pathname, response)
      const method = request.method ?? 'GET'
      const path = pathname.slice('/api/v1'.length)
      const raw = await buffer(request)
      const isJson = request.headers['content-type']?.includes('json') === true
      const body: unknown = isJson && raw.length > 0 ? JSON.parse(raw.toString()) : raw
      this.received.push({ method, path, body })
      this.#heard.emit('request')
      const refusal = [...this.refusals].find(([start]) => `${method} ${path}`.startsWith(start))
      if (refusal !== undefined) {
        this.refusals.delete(refusal[0])
        throw new Refusal(refusal[1])
      }
      const session = /session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
      const known = this.#sessions.has(session) || request.headers.authorization === `Bearer ${this.token}`
      if (!known && !(method === 'POST' && path === '/session')) throw new Refusal('not-signed-in')
      const type = request.headers['content-type'] ?? ''
      this.#api(method, path, { body, type, session, response, query: searchParams })
    } catch (error) {
      this.#refuse(error instanceof Refusal ? error.code : 'internal', response)
    }
  }

  #refuse(code: ProblemCode, response: ServerResponse): void {
    const status = statuses[code] ?? 400
    response.writeHead(status, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify(checked(Problem, { type: `/problems/${code}`, code, title: code, status })))
  }

  async #page(pathname: string, response: ServerResponse): Promise<void> {
    if (this.#pages === undefined) throw new Refusal('not-found')
    const file = join(this.#pages, pathname === '/' ? 'index.html' : pathname.replaceAll('..', ''))
    const bytes = await readFile(file).catch(() => {
      throw new Refusal('not-found')
    })
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(bytes)
  }

  /** What each route answers: a status and a body; nothing where it has written its answer itself. */
  readonly #routes: Readonly<Record<string, (call: Call) => Reply | undefined>> = {
    'POST session': ({ body, response }) => {
      const { user, password } = body as { user: string; password: string }
      if (user !== this.login.user || password !== this.login.password) throw new Refusal('not-signed-in')
      const session = randomUUID()
      this.#sessions.add(session)
      response.setHeader('set-cookie', `session=${session}; HttpOnly; SameSite=Strict; Path=/`)
      return { status: 200, value: { user, role: 'expert' } }
    },
    'GET session': () => ({ status: 200, value: { user: this.login.user, role: 'expert' } }),
    'DELETE session': ({ session }) => {
      this.#sessions.delete(session)
      return { status: 204 }
    },
    'GET terminals': () => ({ status: 200, value: [...this.terminals.values()] }),
    'GET terminals/*': ({ id }) => ({ status: 200, value: found(this.terminals.get(id)) }),
    'GET terminals/*/command-defaults': () => ({
      status: 200,
      value: checked(CommandDefaults, this.defaults),
    }),
    'POST terminals/*/commands': ({ id, body }) => ({ status: 202, value: this.#command(id, body) }),
    'GET commands/*': ({ id }) => ({ status: 200, value: found(this.commands.get(id)) }),
    'DELETE commands/*': ({ id }) => {
      found(this.commands.get(id))
      return { status: 200, value: this.change(id, { state: 'cancelled' }) }
    },
    'GET commands/*/events': ({ id, response }) => this.#stream(response, id),
    'GET events': ({ response }) => this.#stream(response),
    'POST documents': ({ body, type }) => ({
      status: 201,
      value: this.keep(body as Buffer, type, { pages: 1 }),
    }),
    'POST documents/*': ({ body }) => ({ status: 201, value: this.#composed(body) }),
    'GET artefacts': ({ query }) => {
      const all = [...this.files.values()].map((file) => file.artefact)
      return { status: 200, value: all.filter((artefact) => artefact.command === query.get('command')) }
    },
    'GET artefacts/*': ({ id, response }) => {
      const { artefact, bytes } = found(this.files.get(id))
      response.writeHead(200, { 'content-type': artefact.mediaType }).end(bytes)
      return undefined
    },
    'GET artefacts/*/preview': ({ id, response }) => {
      const preview = found(found(this.files.get(id)).preview)
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(preview)
      return undefined
    },
    'DELETE artefacts/*': ({ id }) => {
      if (!this.files.delete(id)) throw new Refusal('not-found')
      return { status: 204 }
    },
  }

  #api(method: string, path: string, rest: Omit<Call, 'id'>): void {
    const [, place, id = '', leaf] = path.split('/')
    const name = `${method} ${place}${id && '/*'}${leaf === undefined ? '' : `/${leaf}`}`
    const reply = found(this.#routes[name])({ ...rest, id })
    if (reply === undefined) return
    rest.response.writeHead(reply.status, { 'content-type': 'application/json' })
    rest.response.end(reply.value === undefined ? undefined : JSON.stringify(reply.value))
  }

  #command(terminal: string, body: unknown): Pick<Command, 'id' | 'state'> {
    found(this.terminals.get(terminal))
    if (!Value.Check(CommandRequest, body)) throw new Refusal('invalid')
    const { name, input, idempotencyKey, expiresInMs = 120_000 } = body
    if (!isCommandName(name) || !Value.Check(specOf(name).input, input)) throw new Refusal('invalid')
    const before = this.commands.get(this.#keys.get(idempotencyKey ?? '') ?? '')
    if (before !== undefined) return { id: before.id, state: before.state }
    const issuedAt = this.#now
    const command = checked(Command, {
      id: uuidv7(issuedAt),
      terminal,
      name,
      input,
      state: 'queued',
      actor: 'expert',
      issuedAt,
      expiresAt: issuedAt + expiresInMs,
      updatedAt: issuedAt,
      pages: [],
    } as Command)
    if (idempotencyKey !== undefined) this.#keys.set(idempotencyKey, command.id)
    this.commands.set(command.id, command)
    this.#tell('command', command)
    this.#heard.emit('command')
    return { id: command.id, state: command.state }
  }

  #composed(body: unknown): Artefact {
    if (!Value.Check(Composition, body)) throw new Refusal('invalid')
    for (const { artefact } of body.pages) found(this.files.get(artefact))
    return this.keep(Buffer.from('%PDF-1.7 pretended'), 'application/pdf', { pages: body.pages.length })
  }

  #stream(response: ServerResponse, command?: string): undefined {
    const state = command === undefined ? undefined : found(this.commands.get(command))
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 200\n\n')
    if (this.beatMs !== undefined) response.write(`event: beat\ndata: {"everyMs":${this.beatMs}}\n\n`)
    const stream = { response, ...(command !== undefined && { command }) }
    this.#streams.add(stream)
    response.on('close', () => this.#streams.delete(stream))
    if (state !== undefined)
      response.write(`event: state\ndata: ${JSON.stringify(checked(Command, state))}\n\n`)
  }
}
