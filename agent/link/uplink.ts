import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** What files may take of the line, however many are sent at once. */
export interface Uplink {
  /** Resolves when so many bytes may leave; rejects with the signal's reason. */
  pass(bytes: number, signal: AbortSignal): Promise<void>
  /** The same bytes, no faster than they may leave. */
  limited(bytes: Readable, signal: AbortSignal): Readable
}

/** An uplink that takes whatever there is. */
export const freeUplink: Uplink = { pass: async () => {}, limited: (bytes) => bytes }

/** So much may leave at once after a rest, in milliseconds of the rate. */
const burstMs = 250
/** The largest piece that leaves at once, in bytes. */
const largestPiece = 16 * 1024

/**
 * An uplink of `rate()` bytes a second, 0 being as many as the line takes; the rate may change at any time. INVARIANT:
 * within any time `t` no more than `rate · (t + 250 ms)` and one piece leave.
 */
export const createUplink = (parts: {
  readonly rate: () => number
  /** Milliseconds that only grow. */
  readonly monotonic: () => number
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}): Uplink => {
  const { rate, monotonic, wait = (ms, signal) => sleep(ms, undefined, { signal }) } = parts
  /** When everything that was let pass has left at this rate. */
  let free = 0

  const pass = async (bytes: number, signal: AbortSignal) => {
    signal.throwIfAborted()
    const perSecond = rate()
    if (perSecond === 0) return
    const now = monotonic()
    free = Math.max(free, now - burstMs) + (bytes * 1000) / perSecond
    if (free > now) await wait(free - now, signal).catch(() => signal.throwIfAborted())
  }
  async function* pieces(bytes: Readable, signal: AbortSignal) {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      for (let from = 0; from < chunk.length; ) {
        const perSecond = rate()
        const size = perSecond === 0 ? chunk.length : Math.min(largestPiece, Math.ceil(perSecond / 4))
        const piece = chunk.subarray(from, from + size)
        await pass(piece.length, signal)
        yield piece
        from += piece.length
      }
    }
  }
  return {
    pass,
    limited: (bytes, signal) => Readable.from(pieces(bytes, signal), { objectMode: false }),
  }
}
