import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { door as paths } from '../../protocol/door.ts'
import { type AcceptanceReport, maxAcceptanceBytes } from '../../protocol/setup.ts'
import { openSealed, sealFile } from '../../vault/sealed-file.ts'
import { type Door, readBounded } from '../link/https.ts'
import { SetupFault } from './fault.ts'

/** Keeps the picture of the signed sheet and sends the report. */
export interface AcceptanceDesk {
  /** Seals the small picture of the sheet on the disk: it holds signatures. */
  keepPicture(jpeg: Uint8Array): Promise<void>
  /** Sends the report; the fleet takes the same one twice without harm. Throws `SetupFault`. */
  send(report: Omit<AcceptanceReport, 'picture'>, signal: AbortSignal): Promise<void>
}

const mostPictureBytes = 290_000

/** At the slowest line, with room for losses. */
const sendMs = 180_000

/** A line that breaks comes back: the technician need not press again for each time. */
const tries = 6
const pauseMs = 1000

/** The desk whose picture lies in `folder`, sealed with `key`. */
export const createAcceptanceDesk = (
  folder: string,
  key: Uint8Array,
  door: Pick<Door, 'ask'>,
): AcceptanceDesk => {
  const file = join(folder, 'sheet.sealed')
  return {
    async keepPicture(jpeg) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await sealFile(jpeg, file, key, { flush: true, maxBytes: mostPictureBytes })
    },
    async send(report, signal) {
      const picture = await readBounded(openSealed(file, key), mostPictureBytes).catch((cause: unknown) => {
        throw new SetupFault('needs-scan', '', { cause })
      })
      const body = Buffer.from(JSON.stringify({ ...report, picture: picture.toString('base64') }))
      if (body.length > maxAcceptanceBytes) throw new SetupFault('internal', 'The report is too large')
      const status = await putPatiently(door, body, signal).catch((cause: unknown) => {
        signal.throwIfAborted()
        throw new SetupFault('fleet-unreachable', '', { cause })
      })
      if (status === 429) throw new SetupFault('rate-limited')
      if (status !== 204) throw new SetupFault('internal', `The fleet answered ${status}`)
    },
  }
}

const putPatiently = async (door: Pick<Door, 'ask'>, body: Uint8Array, signal: AbortSignal) => {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await put(door, body, signal)
    } catch (thrown) {
      if (left === 0 || signal.aborted) throw thrown
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

const put = async (door: Pick<Door, 'ask'>, body: Uint8Array, signal: AbortSignal) => {
  const answer = await door.ask({
    method: 'PUT',
    path: paths.acceptance,
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(sendMs)]),
  })
  await readBounded(answer, 4096)
  return answer.statusCode
}
