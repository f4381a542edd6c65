import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import type { Device } from './device.ts'
import { documentPages, documentSheet, isDocumentPage } from './document-pages.ts'
import { readBody } from './escl-server.ts'
import { parseFault } from './fault.ts'
import { type Sheet, sheetFromFile } from './sheet.ts'

const maxBodyBytes = 64 * 1024 * 1024
const maxFeederSheets = 50
const previewPixels = 700

const files: Record<string, readonly [file: string, mediaType: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/panel.js': ['panel.js', 'text/javascript; charset=utf-8'],
  '/panel.css': ['panel.css', 'text/css; charset=utf-8'],
}

/** What a person at the machine can do, for pages and programs of this machine. */
interface Control {
  readonly device: Device
  readonly folder: string
  readonly prints: string | undefined
  readonly incoming: IncomingMessage
  readonly answer: ServerResponse
}

/**
 * Answers the panel's page and its JSON: `GET /control`, `PUT|DELETE /control/glass`, `POST|DELETE /control/feeder`,
 * `PUT|DELETE /control/fault`, `PUT /control/speed`. A sheet is `{page}` (one of ours), `{print, pdfPage?}` (a file of
 * the printer's folder), or the picture or PDF itself as the body.
 */
export const answerControl = async (
  device: Device,
  folder: string,
  prints: string | undefined,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> => {
  const { pathname } = new URL(incoming.url ?? '/', 'http://localhost')
  const file = files[pathname]
  if (!isFromHere(incoming)) return sendJson(answer, 403, { error: 'only from this machine' })
  if (file !== undefined && incoming.method === 'GET') return sendFile(answer, file)
  const action = actions[`${incoming.method} ${pathname}`]
  if (action === undefined) return sendJson(answer, 404, { error: 'nothing here' })
  try {
    await action({ device, folder, prints, incoming, answer })
    if (!answer.headersSent) sendJson(answer, 200, await stateOf(device, prints))
  } catch (thrown) {
    sendJson(answer, 400, { error: thrown instanceof Error ? thrown.message : 'bad request' })
  }
}

const actions: Record<string, (control: Control) => Promise<void> | void> = {
  'GET /control': () => undefined,
  'GET /control/glass.jpg': async ({ device, answer }) => {
    if (device.glass === undefined) return sendJson(answer, 404, { error: 'the glass is empty' })
    const image = sharp(device.glass.picture).resize(previewPixels, previewPixels, { fit: 'inside' })
    answer.writeHead(200, { 'content-type': 'image/jpeg' }).end(await image.jpeg().toBuffer())
  },
  'PUT /control/glass': async (control) => {
    control.device.glass = await sheetIn(control)
  },
  'DELETE /control/glass': ({ device }) => {
    device.glass = undefined
  },
  'POST /control/feeder': async (control) => {
    const { feeder } = control.device
    if (feeder.length >= maxFeederSheets) throw new RangeError('the feeder is full')
    feeder.push(await sheetIn(control))
  },
  'DELETE /control/feeder': ({ device }) => {
    device.feeder.length = 0
  },
  'PUT /control/fault': async ({ device, incoming }) => {
    device.fault = parseFault(await readJson(incoming))
  },
  'DELETE /control/fault': ({ device }) => {
    device.fault = undefined
  },
  'PUT /control/speed': async ({ device, incoming }) => {
    const { pageSeconds, bytesPerSecond } = (await readJson(incoming)) as Record<string, unknown>
    device.speed = {
      ...(isPositive(pageSeconds) ? { pageSeconds } : {}),
      ...(isPositive(bytesPerSecond) ? { bytesPerSecond } : {}),
    }
  },
}

const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0

const stateOf = async (device: Device, prints: string | undefined) => ({
  glass: device.glass?.name ?? null,
  feeder: device.feeder.map(({ name }) => name),
  adfState: device.adfState,
  fault: device.fault ?? null,
  speed: device.speed,
  scanning: device.running !== undefined,
  pages: Object.keys(documentPages),
  prints: prints === undefined ? [] : await printsIn(prints),
})

const printsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.(pdf|pwg|jpg|png)$/.test(name)).sort()

const sheetIn = async ({ incoming, folder, prints }: Control): Promise<Sheet> => {
  if (incoming.headers['content-type'] !== 'application/json') return sheetFromBody(incoming, folder)
  const { page, print, pdfPage } = (await readJson(incoming)) as Record<string, unknown>
  if (typeof page === 'string' && isDocumentPage(page)) return documentSheet(page)
  if (typeof print === 'string' && prints !== undefined && (await printsIn(prints)).includes(print)) {
    return sheetFromFile(print, join(prints, basename(print)), Number(pdfPage ?? 1))
  }
  throw new TypeError('name one of the pages or of the prints')
}

const sheetFromBody = async (incoming: IncomingMessage, folder: string): Promise<Sheet> => {
  const page = Number(new URL(incoming.url ?? '/', 'http://localhost').searchParams.get('page') ?? 1)
  const bytes = await readBody(incoming, maxBodyBytes)
  if (bytes === undefined) throw new RangeError('the picture is too large')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${randomUUID()}.sheet`)
  try {
    await writeFile(file, bytes)
    return await sheetFromFile('own picture', file, page)
  } finally {
    await rm(file, { force: true })
  }
}

const readJson = async (incoming: IncomingMessage): Promise<object> => {
  const bytes = await readBody(incoming, 64 * 1024)
  const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '')
  if (typeof value !== 'object' || value === null) throw new TypeError('an object is expected')
  return value
}

/** A page of another site, or a name that was made to point here, must not lay paper on the glass. */
const isFromHere = ({ headers }: IncomingMessage): boolean =>
  /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '') &&
  ['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined)

const sendJson = (answer: ServerResponse, status: number, body: unknown): void => {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const sendFile = async (
  answer: ServerResponse,
  [file, mediaType]: readonly [string, string],
): Promise<void> => {
  const body = await readFile(join(import.meta.dirname, 'page', file))
  const policy = "default-src 'self'; frame-ancestors 'none'"
  answer.writeHead(200, { 'content-type': mediaType, 'content-security-policy': policy }).end(body)
}
