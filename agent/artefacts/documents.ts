import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { maxArtefactBytes, door as paths } from '../../protocol/door.ts'
import { CommandError } from '../../protocol/errors.ts'
import { createBackoff } from '../link/backoff.ts'
import type { Door } from '../link/https.ts'
import { demandRoom, reserveBytes } from '../reserve.ts'
import type { Artefacts } from './artefacts.ts'

/** Documents of the fleet while they are used here. */
export interface Documents {
  /** Wipes what an earlier run left behind. */
  start(): Promise<void>
  fetch: Artefacts['fetch']
}

/** What an answer tells of the whole document. */
interface Head {
  readonly from: number
  readonly bytes: number
  readonly mediaType: string
}

const absent: ReadonlySet<number> = new Set([403, 404, 410])

const headOf = (answer: IncomingMessage): Head => {
  const { statusCode = 0, headers } = answer
  if (absent.has(statusCode))
    throw new CommandError('invalid', 'The fleet has no such document for this terminal')
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  // RFC 9110 14.4: bytes first-last/complete
  const range = /^bytes ([0-9]{1,15})-[0-9]{1,15}\/([0-9]{1,15})$/.exec(headers['content-range'] ?? '')
  const from = statusCode === 206 ? Number(range?.[1]) : 0
  const bytes = statusCode === 206 ? Number(range?.[2]) : Number(headers['content-length'] ?? Number.NaN)
  if (
    (statusCode !== 200 && statusCode !== 206) ||
    !Number.isSafeInteger(from) ||
    !Number.isSafeInteger(bytes)
  ) {
    throw new Error(`The fleet answered ${statusCode} to a download`)
  }
  if (bytes > maxArtefactBytes) throw new CommandError('invalid', 'The document is too large')
  return { from, bytes, mediaType }
}

/** Documents in `folder`, which is private to this process. */
export const createDocuments = (folder: string, door: Door): Documents => {
  /** Goes on where the file ends; gives the head once the file is whole, `undefined` when the line was cut. */
  const goOn = async (id: string, file: FileHandle, signal: AbortSignal): Promise<Head | undefined> => {
    const { size } = await file.stat()
    const answer = await door.ask({
      method: 'GET',
      path: paths.document(id),
      headers: size > 0 ? { range: `bytes=${size}-` } : {},
      signal,
    })
    try {
      const head = headOf(answer)
      await demandRoom(folder, head.bytes - head.from + reserveBytes)
      if (head.from > size) throw new Error('The fleet sent another part than was asked for')
      await file.truncate(head.from)
      let at = head.from
      for await (const piece of answer as AsyncIterable<Buffer>) {
        if (at + piece.length > head.bytes) throw new Error('The document is longer than the fleet said')
        await file.write(piece, 0, piece.length, at)
        at += piece.length
      }
      return at === head.bytes ? head : undefined
    } finally {
      answer.destroy()
    }
  }

  const whole = async (id: string, file: FileHandle, signal: AbortSignal): Promise<Head> => {
    const backoff = createBackoff({ base: 500, cap: 10_000 })
    for (;;) {
      try {
        const head = await goOn(id, file, signal)
        if (head) return head
      } catch (thrown) {
        signal.throwIfAborted()
        if (thrown instanceof CommandError) throw thrown
      }
      await backoff.wait(signal)
    }
  }

  return {
    async start() {
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    async fetch(id, signal) {
      const path = join(folder, randomUUID())
      const release = () => rm(path, { force: true })
      const file = await open(path, 'wx', 0o600)
      try {
        const { mediaType } = await whole(id, file, signal)
        return { file: path, mediaType, release }
      } catch (thrown) {
        await release()
        throw thrown
      } finally {
        await file.close()
      }
    },
  }
}
