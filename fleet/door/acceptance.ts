import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import { door as paths } from '../../protocol/door.ts'
import { fits } from '../../protocol/fits.ts'
import { AcceptanceReport, maxAcceptanceBytes } from '../../protocol/setup.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import { ProblemError } from '../problem.ts'
import type { Acceptances } from '../terminals/acceptances.ts'
import { answer, DoorRefusal, readBody } from './answer.ts'
import type { OpenHandler } from './door.ts'

/** Reports of one terminal; a technician sends one, and sends it again when the line broke. */
export const acceptanceRate: Rate = { perSecond: 1 / 30, burst: 30 }

/** At 64 kbit/s the largest report takes 66 s. */
const bodyMs = 150_000

const readReport = async (request: IncomingMessage): Promise<AcceptanceReport> => {
  const timer = setTimeout(() => request.destroy(), bodyMs)
  try {
    const report: unknown = JSON.parse((await readBody(request, maxAcceptanceBytes)).toString('utf8'))
    if (!fits(AcceptanceReport, report)) throw new DoorRefusal(400, 'The body is no report')
    return report
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new DoorRefusal(400, 'The body is no JSON', { cause: thrown })
    throw thrown
  } finally {
    clearTimeout(timer)
  }
}

/** Takes a terminal's report, also while the terminal waits for its acceptance: `PUT /acceptance`. */
export const acceptanceRoute = (
  acceptances: Pick<Acceptances, 'receive'>,
  log: Logger,
  rate: Rate = acceptanceRate,
): OpenHandler => {
  const limit = new RateLimit(rate)
  return ({ shown, standing }, request, response) => {
    const path = URL.parse(request.url ?? '', 'https://door')?.pathname
    if (request.method !== 'PUT' || path !== paths.acceptance) return false
    const act = async () => {
      if (!shown) throw new DoorRefusal(401, 'A certificate of this fleet is needed')
      if (standing !== 'pending' && standing !== 'accepted') {
        throw new DoorRefusal(403, 'This terminal may not report')
      }
      if (limit.take(shown.device) > 0) throw new DoorRefusal(429, 'Too many reports')
      await acceptances.receive(shown.device, await readReport(request))
      answer(response, 204)
    }
    act().catch((thrown: unknown) => {
      if (response.headersSent) return void response.destroy()
      // What is left of a refused body is not waited for.
      if (!request.complete) response.setHeader('connection', 'close')
      if (thrown instanceof DoorRefusal) answer(response, thrown.status, thrown.message)
      else if (thrown instanceof ProblemError) answer(response, 400, thrown.message)
      else {
        log.error({ err: thrown, device: shown?.device }, 'a report could not be kept')
        answer(response, 500)
      }
      request.resume()
    })
    return true
  }
}
