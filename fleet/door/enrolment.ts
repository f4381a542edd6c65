import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { Type } from 'typebox'
import { door as paths, type TimeAnswer } from '../../protocol/door.ts'
import { type EnrolProblem, EnrolRequest, RenewRequest, SignedTime } from '../../protocol/enrolment.ts'
import { fits } from '../../protocol/fits.ts'
import { signedText } from '../../protocol/signing.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import type { Clock } from '../clock.ts'
import { EnrolRefused } from '../identity/enrol-refused.ts'
import type { Enrolments } from '../identity/enrolment.ts'
import type { Shown } from '../identity/peer.ts'
import { networkOf } from '../network.ts'
import type { Signer } from '../signing/signer.ts'
import { answer, DoorRefusal, readBody } from './answer.ts'
import type { Caller } from './caller.ts'
import type { OpenHandler } from './door.ts'

/** How often anybody may ask. One address can be a whole provider with hundreds of terminals behind it. */
export interface OpenRates {
  /** Any question, of one address or one terminal. */
  readonly questions: Rate
  /** Enrolments and renewals, of one address or one terminal. */
  readonly requests: Rate
  /** Codes that stand for no claim, of one network: with more it has to wait. */
  readonly wrongCodes: Rate
  /** The same of all together: more is an alarm. */
  readonly allWrongCodes: Rate
}

export const openRates: OpenRates = {
  questions: { perSecond: 10, burst: 1000 },
  requests: { perSecond: 1, burst: 60 },
  wrongCodes: { perSecond: 1 / 60, burst: 10 },
  allWrongCodes: { perSecond: 1, burst: 200 },
}

export interface OpenRoutes {
  readonly enrolments: Pick<Enrolments, 'enrol' | 'renew' | 'state'>
  readonly signer: Signer
  readonly clock: Clock
  readonly log: Logger
  readonly rates?: OpenRates
}

const maxBodyBytes = 16 * 1024
/** A body of this size takes two seconds on the worst line there is. */
const bodyMs = 30_000

const Nonce = Type.Index(SignedTime, ['nonce'])

const statuses: Record<EnrolProblem, number> = {
  'claim-unknown': 404,
  'claim-locked': 423,
  'claim-expired': 410,
  'claim-used': 409,
  'serial-differs': 403,
  'csr-invalid': 400,
  revoked: 403,
  'renewal-too-late': 403,
  'rate-limited': 429,
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body)
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    })
    .end(text)
}

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const timer = setTimeout(() => request.destroy(), bodyMs)
  try {
    return JSON.parse((await readBody(request, maxBodyBytes)).toString('utf8'))
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new DoorRefusal(400, 'The body is no JSON', { cause: thrown })
    throw thrown
  } finally {
    clearTimeout(timer)
  }
}

const shownBy = ({ shown }: Caller): Shown => {
  if (!shown) throw new DoorRefusal(401, 'A certificate of this fleet is needed')
  return shown
}

/**
 * Counts codes that stand for no claim. A network that guesses has to wait.
 *
 * INVARIANT: what others guess refuses nobody. Fifty bits cannot be guessed from however many addresses, while one wrong
 * code now and then from each of many would keep every technician out.
 */
const guessing = ({ wrongCodes, allWrongCodes }: OpenRates, log: Logger) => {
  const ofNetwork = new RateLimit(wrongCodes)
  const ofAll = new RateLimit(allWrongCodes)
  return {
    check(address: string): void {
      if (ofNetwork.wait(networkOf(address)) > 0) {
        throw new EnrolRefused('rate-limited', 'Too many codes that stand for no claim')
      }
    },
    missed(address: string): void {
      const network = networkOf(address)
      ofNetwork.take(network)
      ofAll.take('all')
      log.warn({ address }, 'a code stands for no claim')
      if (ofNetwork.wait(network) > 0) log.error({ network }, 'somebody in this network guesses codes')
      if (ofAll.wait('all') > 0) log.error('somebody guesses codes from many addresses')
    },
  }
}

type Route = (caller: Caller, request: IncomingMessage, url: URL) => Promise<unknown>

/**
 * What anybody may ask at the terminals' door: the time, the signing keys, an enrolment; and, with a certificate that
 * the fleet issued, how that stands and a new one.
 */
export const openRoutes = (parts: OpenRoutes): OpenHandler => {
  const { enrolments, signer, clock, log, rates = openRates } = parts
  const questions = new RateLimit(rates.questions)
  const requests = new RateLimit(rates.requests)
  const guesses = guessing(rates, log)
  const keyOf = ({ shown, address }: Caller) => (shown ? `device ${shown.device}` : address)
  const bound = (limit: RateLimit, caller: Caller) => {
    if (limit.take(keyOf(caller)) > 0) throw new EnrolRefused('rate-limited', 'Too many requests')
  }

  const time: Route = async (_caller, _request, url) => {
    const now = clock.now()
    const nonce = url.searchParams.get('nonce')
    if (nonce === null) return { now } satisfies TimeAnswer
    if (!fits(Nonce, nonce)) throw new DoorRefusal(400, 'This is no nonce')
    const signature = signer.sign(signedText.time({ now, nonce }))
    return { now, nonce, signature, keys: signer.keys } satisfies SignedTime
  }

  const enrol: Route = async (caller, request) => {
    bound(requests, caller)
    guesses.check(caller.address)
    const body = await readJson(request)
    if (!fits(EnrolRequest, body)) throw new DoorRefusal(400, 'The body is no request for enrolment')
    return enrolments.enrol(body).catch((thrown: unknown) => {
      if (thrown instanceof EnrolRefused && thrown.code === 'claim-unknown') guesses.missed(caller.address)
      throw thrown
    })
  }

  const renew: Route = async (caller, request) => {
    const shown = shownBy(caller)
    bound(requests, caller)
    const body = await readJson(request)
    if (!fits(RenewRequest, body)) throw new DoorRefusal(400, 'The body is no request for renewal')
    return enrolments.renew(shown, body)
  }

  const routes = new Map<string, Route>([
    [`GET ${paths.time}`, time],
    [`GET ${paths.keys}`, async () => signer.keys],
    [`POST ${paths.enrol}`, enrol],
    [`GET ${paths.enrolment}`, async (caller) => enrolments.state(shownBy(caller))],
    [`POST ${paths.renew}`, renew],
  ])

  const refuse = (response: ServerResponse, thrown: unknown): void => {
    if (response.headersSent) response.destroy()
    else if (thrown instanceof EnrolRefused) {
      sendJson(response, statuses[thrown.code], { code: thrown.code, text: thrown.message })
    } else if (thrown instanceof DoorRefusal) answer(response, thrown.status, thrown.message)
    else {
      log.error({ err: thrown }, 'a request at the open routes failed')
      answer(response, 500)
    }
  }

  return (caller, request, response) => {
    const url = URL.parse(request.url ?? '', 'https://door')
    const route = url && routes.get(`${request.method} ${url.pathname}`)
    if (!route) return false
    const act = async () => {
      bound(questions, caller)
      sendJson(response, 200, await route(caller, request, url))
    }
    act().catch((thrown: unknown) => {
      // What is left of a refused body is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      refuse(response, thrown)
      request.resume()
    })
    return true
  }
}
