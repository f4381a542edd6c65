import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { maxArtefactBytes } from '../../protocol/door.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'

/** A line of a village may be slow for an hour; one that says nothing for this long is cut, in milliseconds. */
export const stillnessMs = 60_000

/**
 * Writes what comes into a new private file. Rejects with a `ProblemError`: `too-large`, or `timed-out` when nothing
 * came for a minute or two.
 */
export const receiveFile = async (
  bytes: Readable,
  file: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  let received = 0
  let seen = -1
  const still = new AbortController()
  const stop = clock.every(stillnessMs, () => {
    if (received === seen) still.abort()
    seen = received
  })
  const bounded = new Transform({
    transform(piece: Buffer, _encoding, done) {
      received += piece.length
      if (received <= maxArtefactBytes) done(null, piece)
      else done(new ProblemError('too-large', `A document has at most ${maxArtefactBytes} bytes`))
    },
  })
  try {
    await pipeline(bytes, bounded, createWriteStream(file, { mode: 0o600 }), {
      signal: AbortSignal.any([still.signal, signal]),
    })
  } catch (cause) {
    if (still.signal.aborted) throw new ProblemError('timed-out', 'Nothing more of the file came', { cause })
    throw cause
  } finally {
    stop()
  }
}
