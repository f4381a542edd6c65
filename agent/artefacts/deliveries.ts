import type { Logger } from 'pino'
import { SealError } from '../../vault/seal-error.ts'
import { type Backoff, createBackoff } from '../link/backoff.ts'
import { UploadFailed } from '../link/upload.ts'
import { pause } from '../pause.ts'
import type { ArtefactIndex, KeptArtefact } from './index-table.ts'

/** What sending the files needs. */
export interface DeliveryParts {
  readonly index: ArtefactIndex
  /** Sends one part from where it stands. */
  readonly send: (artefact: KeptArtefact, part: 'preview' | 'original', signal: AbortSignal) => Promise<void>
  /** The fleet has the part, or the file is lost. */
  readonly over: (artefact: KeptArtefact, part: 'preview' | 'original', lost: boolean) => Promise<void>
  readonly logger: Logger
  readonly backoff?: () => Backoff
  /** How long the fleet may refuse a file before it is given up, in milliseconds. */
  readonly patienceMs?: number
}

/** Sends files for as long as there are any. */
export interface Deliveries {
  /** There is something new to send. */
  wake(): void
  /** The line came back: what waits for another try need not wait longer. */
  retry(): void
  run(signal: AbortSignal): Promise<void>
}

/** Answers that mean that the fleet does not want the file; it may still be a mistake of the fleet's for a day. */
const refusals: ReadonlySet<number> = new Set([400, 403, 409, 413, 415, 422])
const refusedMs = 24 * 3_600_000
/** Answers that say nothing about the upload that was begun. */
const passing: ReadonlySet<number> = new Set([408, 423, 429])

/** Whether the file itself is the trouble; anything else may pass. */
const isGone = (error: unknown) =>
  error instanceof SealError && (error.fault === 'damaged' || error.fault === 'missing')

interface Trouble {
  readonly backoff: Backoff
  notBefore: number
  /** Since when it is refused, on the monotonic clock. */
  refusedSince: number | undefined
}

/**
 * Two hands: one sends previews, the other originals, so that no large file stands in the way of what people wait
 * to see. A file in trouble waits for its next try and lets the others pass.
 */
export const createDeliveries = (parts: DeliveryParts): Deliveries => {
  const {
    index,
    send,
    over,
    logger,
    backoff = () => createBackoff({ cap: 300_000 }),
    patienceMs = refusedMs,
  } = parts
  const troubles = new Map<string, Trouble>()
  let news = Promise.withResolvers<void>()

  const wake = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  /** Enters a failed try; gives whether there is hope left. */
  const mayTryAgain = (id: string, status: number | undefined): boolean => {
    const now = performance.now()
    const trouble = troubles.get(id) ?? { backoff: backoff(), notBefore: 0, refusedSince: undefined }
    trouble.notBefore = now + trouble.backoff.next()
    if (status !== undefined)
      trouble.refusedSince = refusals.has(status) ? (trouble.refusedSince ?? now) : undefined
    troubles.set(id, trouble)
    return now - (trouble.refusedSince ?? now) < patienceMs
  }
  const attempt = async (artefact: KeptArtefact, part: 'preview' | 'original', signal: AbortSignal) => {
    const { id } = artefact
    try {
      await send(artefact, part, signal)
      await over(artefact, part, false)
      troubles.delete(id)
    } catch (error) {
      if (signal.aborted) return
      const status = error instanceof UploadFailed ? error.status : undefined
      const hope = mayTryAgain(id, status)
      logger.info({ artefact: id, part, status, error }, 'a file was not delivered')
      if (status !== undefined && status >= 400 && status < 500 && !passing.has(status)) {
        index.awaited(id, part, undefined)
      }
      // No page waits for a preview that the fleet does not want or the disk does not give.
      const skipped = part === 'preview' && (refusals.has(status ?? 0) || error instanceof SealError)
      if (hope && !skipped && !isGone(error)) return
      await over(artefact, part, true)
      troubles.delete(id)
    }
  }
  const hand = async (part: 'preview' | 'original', signal: AbortSignal) => {
    while (!signal.aborted) {
      const heard = news.promise
      const waiting = index.inPhase(part)
      const now = performance.now()
      const next = waiting.find(({ id }) => (troubles.get(id)?.notBefore ?? 0) <= now)
      if (next) {
        await attempt(next, part, signal).catch((error: unknown) =>
          logger.error({ artefact: next.id, part, error }, 'the end of a file could not be written down'),
        )
        wake()
        continue
      }
      const rest = waiting.map(({ id }) => (troubles.get(id)?.notBefore ?? now) - now)
      await pause(heard, Math.min(3_600_000, ...rest), signal)
    }
  }
  return {
    wake,
    retry() {
      for (const trouble of troubles.values()) trouble.notBefore = 0
      wake()
    },
    async run(signal) {
      await Promise.all([hand('preview', signal), hand('original', signal)])
    },
  }
}
