import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { CommandError } from '../../../protocol/errors.ts'

/** A picture as it is decoded: rows of 8-bit samples from the top, in pieces of any size. */
export interface DecodedImage {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** Ends only when every row has come; throws `CommandError` `truncated` otherwise. Leaving it stops the decoder. */
  readonly rows: AsyncIterable<Uint8Array>
}

/** What a decoder may do with a page of a scanner. */
export interface DecodeLimits {
  /** The largest picture, in pixels; a larger one is a fault of the device. */
  readonly maxWidth: number
  readonly maxHeight: number
  /** One grey sample for each pixel instead of red, green and blue. */
  readonly grey: boolean
}

// The bytes come from a device that anybody can replace: the decoder may have no more than a 600 dpi page needs.
const limits = ['--as=536870912', '--cpu=60', '--core=0', '--nofile=16', '--fsize=0']
const maxTrailingBytes = 1024 * 1024
const maxHeaderBytes = 64
const maxComplaintBytes = 2048

type Decoder = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Decodes a JPEG while it arrives, in a child process with limits on memory and time (djpeg of libjpeg-turbo): the
 * first rows of a baseline JPEG are out while the body still comes. Who leaves the rows early also ends `body`. Throws what `body` throws, and `CommandError`:
 * `truncated` for a picture without its end or with damaged data, `device-fault` for what is no JPEG of a page.
 */
export const decodeJpeg = async (
  body: AsyncIterable<Uint8Array>,
  { maxWidth, maxHeight, grey }: DecodeLimits,
): Promise<DecodedImage> => {
  const colour = grey ? '-grayscale' : '-rgb'
  const decoder = spawn('prlimit', [...limits, 'djpeg', colour, '-pnm', '-maxscans', '100'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
  })
  const end = endOf(decoder)
  const fed = feed(body, decoder)
  const pixels = decoder.stdout[Symbol.asyncIterator]()
  try {
    const { header, rest } = await readHeader(pixels)
    if (header === undefined) throw await failureOf(fed, end)
    if (header.width > maxWidth || header.height > maxHeight) {
      throw new CommandError('device-fault', 'The scanner sent a page larger than it was asked for')
    }
    return { ...header, rows: rowsOf({ ...header, rest, pixels, decoder, fed, end }) }
  } catch (thrown) {
    stop(decoder)
    throw thrown
  }
}

interface Running {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly rest: Uint8Array
  readonly pixels: AsyncIterator<Uint8Array>
  readonly decoder: Decoder
  readonly fed: Promise<Fed>
  readonly end: Promise<End>
}

async function* rowsOf(page: Running): AsyncGenerator<Uint8Array, void, undefined> {
  const { pixels, decoder, fed, end } = page
  let missing = page.width * page.height * page.channels
  try {
    for (let piece: Uint8Array | undefined = page.rest; piece !== undefined; ) {
      missing -= piece.length
      if (piece.length > 0) yield piece
      piece = await nextPiece(pixels)
    }
    const failure = await failureOf(fed, end)
    if (failure !== undefined) throw failure
    if (missing !== 0) throw new CommandError('truncated', 'The page is not complete')
  } finally {
    stop(decoder)
  }
}

const stop = (decoder: Decoder): void => {
  decoder.kill('SIGKILL')
  decoder.stdout.destroy()
}

/** `undefined` at the end; why it ended is told by the decoder's exit. */
const nextPiece = async (pixels: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> => {
  try {
    const next = await pixels.next()
    return next.done === true ? undefined : next.value
  } catch {
    return undefined
  }
}

/** Why the body could not be read to its end, where it could not. */
interface Fed {
  readonly error?: unknown
}

/** Never rejects. A decoder that has seen the end of the picture takes no more: a little behind it is let pass. */
const feed = async (body: AsyncIterable<Uint8Array>, decoder: Decoder): Promise<Fed> => {
  const { stdin } = decoder
  stdin.on('error', () => undefined)
  let trailing = 0
  try {
    for await (const piece of body) {
      if (stdin.destroyed) {
        trailing += piece.length
        if (trailing > maxTrailingBytes) break
      } else if (!stdin.write(piece)) {
        await drained(stdin)
      }
    }
    stdin.end()
    return {}
  } catch (error) {
    // Rows behind the break would be the decoder's invention.
    decoder.kill('SIGKILL')
    return { error }
  }
}

const drained = (stdin: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done)
      resolve()
    }
    stdin.on('drain', done).on('close', done)
  })

/** How the decoder ended. */
interface End {
  readonly code: number | null
  readonly complaint: string
  /** It could not be started. */
  readonly missing: boolean
}

const endOf = (decoder: Decoder): Promise<End> =>
  new Promise((resolve) => {
    let complaint = ''
    decoder.stderr.setEncoding('latin1').on('data', (text: string) => {
      if (complaint.length < maxComplaintBytes) complaint += text
    })
    decoder.on('error', () => resolve({ code: null, complaint, missing: true }))
    decoder.on('close', (code) => resolve({ code, complaint, missing: false }))
  })

// djpeg exits with 2 after a warning; bytes between two markers harm no pixel.
const harmless = /^(Corrupt JPEG data: \d+ extraneous bytes before marker 0x[0-9a-f]+\s*)+$/

const failureOf = async (fed: Promise<Fed>, end: Promise<End>): Promise<unknown> => {
  const { code, complaint, missing } = await end
  const { error } = await fed
  if (error !== undefined) return error
  if (missing || code === 127) return new CommandError('internal', 'The JPEG decoder is not installed')
  if (code === 0 || (code === 2 && harmless.test(complaint))) return undefined
  const cause = new Error(`djpeg ended with ${code}: ${complaint}`)
  return code === 2
    ? new CommandError('truncated', 'The page came incomplete or damaged', { cause })
    : new CommandError('device-fault', 'The scanner sent a page that cannot be decoded', { cause })
}

interface Header {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

/** Reads `P5` or `P6`, the size and `255`; `undefined` when the decoder ended without a header. */
const readHeader = async (
  pixels: AsyncIterator<Uint8Array>,
): Promise<{ header: Header | undefined; rest: Uint8Array }> => {
  let start = Buffer.alloc(0)
  for (;;) {
    const match = /^P([56])\s(\d{1,5})\s(\d{1,5})\s255\s/.exec(start.toString('latin1', 0, maxHeaderBytes))
    if (match !== null) {
      const header = {
        width: Number(match[2]),
        height: Number(match[3]),
        channels: match[1] === '6' ? (3 as const) : (1 as const),
      }
      return { header, rest: start.subarray(match[0].length) }
    }
    const piece = await nextPiece(pixels)
    if (piece === undefined || start.length > maxHeaderBytes) return { header: undefined, rest: start }
    start = Buffer.concat([start, piece])
  }
}
