import type { IncomingMessage, ServerResponse } from 'node:http'
import { BandQuery, maxBandBytes } from '../../protocol/door.ts'
import { uuidPattern } from '../../protocol/envelope.ts'
import { fits } from '../../protocol/fits.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import { answer, DoorRefusal, readBody } from './answer.ts'

/** One band of a page that is being scanned, as it came from a terminal. */
export interface ReceivedBand extends BandQuery {
  readonly page: number
  readonly top: number
  readonly jpeg: Uint8Array
}

/** Shows a band to those who follow the command; false when the command is not one that this terminal runs now. */
export type BandListener = (device: string, command: string, band: ReceivedBand) => boolean | Promise<boolean>

/** A page of 300 dpi is about forty bands, and a fast feeder gives a page a second. */
const bandRate: Rate = { perSecond: 60, burst: 240 }

const path = new RegExp(`^/live/(${uuidPattern.slice(1, -1)})/([0-9]{1,4})/([0-9]{1,5})$`)

const readQuery = (query: URLSearchParams): BandQuery => {
  const given = Object.fromEntries(
    ['width', 'height', 'pageHeight'].flatMap((name) => {
      const text = query.get(name)
      return text === null ? [] : [[name, /^[0-9]{1,5}$/.test(text) ? Number(text) : text]]
    }),
  )
  if (!fits(BandQuery, given)) throw new DoorRefusal(400, 'The query is not that of a band')
  return given
}

/** Takes bands: `PUT /live/<command>/<page>/<top>`. */
export const liveBands = (onBand: BandListener, rate: Rate = bandRate) => {
  const limit = new RateLimit(rate)
  return async (
    device: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const [, command, page, top] = path.exec(url.pathname) ?? []
    if (command === undefined) throw new DoorRefusal(404, 'There is no such band')
    if (limit.take(device) > 0) throw new DoorRefusal(429, 'Too many bands')
    const query = readQuery(url.searchParams)
    const jpeg = await readBody(request, maxBandBytes)
    // The start of image and the marker after it (ITU-T T.81 B.1.1.3).
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8 || jpeg[2] !== 0xff)
      throw new DoorRefusal(415, 'A band is a JPEG')
    if (!(await onBand(device, command, { ...query, page: Number(page), top: Number(top), jpeg }))) {
      throw new DoorRefusal(404, 'The command is not one of this terminal')
    }
    answer(response, 204)
  }
}
