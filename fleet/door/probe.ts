import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { maxProbeBytes, type ProbeAnswer, door as paths } from '../../protocol/door.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import { answer } from './answer.ts'
import type { OpenHandler } from './door.ts'

/** How often the line may be measured: by one address, which can be a whole provider, and by all together. */
export interface ProbeRates {
  readonly ofAddress: Rate
  readonly ofAll: Rate
}

/** One measuring takes seventeen probes. */
export const probeRates: ProbeRates = {
  ofAddress: { perSecond: 0.5, burst: 60 },
  ofAll: { perSecond: 20, burst: 600 },
}

/** At 64 kbit/s the largest probe takes 33 s. */
const probeMs = 70_000

/** Zeros would be packed by some modems, and then the line would seem faster than it is. */
const noise = Buffer.alloc(maxProbeBytes)
for (let at = 0, state = 1; at < noise.length; at += 1) {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  noise[at] = state >>> 16
}

/**
 * The other end of a technician's measuring, for anybody: `GET /probe?bytes=` answers so many bytes, `PUT /probe` takes
 * and forgets them, and says what it got. Nothing of it touches the disk or waits for anything but the line.
 */
export const probeRoute = (rates: ProbeRates = probeRates): OpenHandler => {
  const ofAddress = new RateLimit(rates.ofAddress)
  const ofAll = new RateLimit(rates.ofAll)
  return ({ address }, request, response) => {
    const url = URL.parse(request.url ?? '', 'https://door')
    if (url?.pathname !== paths.probe || (request.method !== 'GET' && request.method !== 'PUT')) return false
    const wait = ofAddress.take(address) || ofAll.take('all')
    if (wait > 0) {
      response.setHeader('retry-after', Math.ceil(wait / 1000))
      refuse(request, response, 429)
    } else if (request.method === 'GET') give(url.searchParams.get('bytes'), request, response)
    else take(request, response)
    return true
  }
}

/** What is left of a refused body is not waited for. */
const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  if (!request.complete) response.setHeader('connection', 'close')
  answer(response, status)
  request.resume()
}

const give = (text: string | null, request: IncomingMessage, response: ServerResponse): void => {
  const bytes = /^[0-9]{1,7}$/.test(text ?? '0') ? Number(text) : Number.NaN
  if (!(bytes <= maxProbeBytes)) {
    refuse(request, response, 400)
    return
  }
  const timer = setTimeout(() => response.destroy(), probeMs)
  response.once('close', () => clearTimeout(timer))
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes,
    'cache-control': 'no-store',
  })
  response.end(noise.subarray(0, bytes))
}

const take = (request: IncomingMessage, response: ServerResponse): void => {
  if (Number(request.headers['content-length'] ?? Number.NaN) > maxProbeBytes) {
    refuse(request, response, 413)
    return
  }
  const timer = setTimeout(() => request.destroy(), probeMs)
  request.once('close', () => clearTimeout(timer))
  let bytes = 0
  const hash = createHash('sha256')
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    hash.update(piece)
    if (bytes > maxProbeBytes && !response.headersSent) refuse(request, response, 413)
  })
  request.once('end', () => {
    if (response.headersSent) return
    const got: ProbeAnswer = { bytes, sha256: hash.digest('hex') }
    answer(response, 200, JSON.stringify(got))
  })
  request.on('error', () => {})
}
