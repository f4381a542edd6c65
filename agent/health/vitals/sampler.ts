import type { Logger } from 'pino'
import type { Reader, Values } from './reader.ts'

/** How long one reader may take, in milliseconds. */
const readMs = 3000

/** Reads all sources at once. */
export interface Sampler {
  /** What could be measured within the time limit; never rejects. */
  read(signal: AbortSignal): Promise<Values>
  stop(): void
}

/**
 * A sampler of these readers. INVARIANT: one that fails or hangs leaves out its own metrics only, and one that hangs is
 * not asked again before it came back.
 */
export const createSampler = (
  readers: readonly Reader[],
  logger: Logger,
  limitMs: number = readMs,
): Sampler => {
  const busy = new Set<string>()
  const silent = new Set<string>()

  const ask = async (reader: Reader, signal: AbortSignal): Promise<Values> => {
    const { name } = reader
    if (busy.has(name)) return {}
    busy.add(name)
    const reading = reader.read(signal).finally(() => busy.delete(name))
    const late = Promise.withResolvers<never>()
    const giveUp = () => late.reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const values = await Promise.race([reading, late.promise])
      silent.delete(name)
      return values
    } catch (error) {
      reading.catch(() => {})
      // Once for each silence: what is missing for weeks must not fill the log.
      if (!silent.has(name)) logger.warn({ error, reader: name }, 'vitals could not be read')
      silent.add(name)
      return {}
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  return {
    async read(signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
      const all = await Promise.all(readers.map((reader) => ask(reader, limit)))
      return Object.assign({}, ...all) as Values
    },
    stop() {
      for (const reader of readers) reader.stop?.()
    },
  }
}
