import { type DestinationStream, type Logger, type LoggerOptions, multistream, pino } from 'pino'
import { censored, redactedPaths } from './redaction.ts'

/** The newest log lines, for a diagnostics bundle. */
export interface LogRing extends DestinationStream {
  /** Oldest first. */
  lines(): readonly string[]
  /** Calls back with each new line until the returned function is called. */
  follow(reader: (line: string) => void): () => void
}

/** Keeps the newest lines, at most `maxBytes` characters of them. */
export const createLogRing = (maxBytes = 128 * 1024): LogRing => {
  const kept: string[] = []
  const readers = new Set<(line: string) => void>()
  let bytes = 0
  return {
    write(line) {
      const short = line.slice(0, 4096)
      kept.push(short)
      bytes += short.length
      while (bytes > maxBytes) bytes -= kept.shift()?.length ?? bytes
      for (const read of readers) read(short)
    },
    lines: () => [...kept],
    follow(reader) {
      readers.add(reader)
      return () => readers.delete(reader)
    },
  }
}

interface DescribedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: unknown
}

/** An error for the log: name, text, code, stack and causes; nothing else that a library may have hung on it. */
const describeError = (thrown: unknown, depth = 0): DescribedError | string => {
  if (!(thrown instanceof Error)) return String(thrown).slice(0, 500)
  return {
    type: thrown.name,
    message: thrown.message.slice(0, 1000),
    ...('code' in thrown ? { code: String(thrown.code) } : {}),
    ...(thrown.stack ? { stack: thrown.stack.slice(0, 4000) } : {}),
    ...(thrown.cause !== undefined && depth < 4 ? { cause: describeError(thrown.cause, depth + 1) } : {}),
  }
}

/** What every log of the agent censors and how it shows errors. */
export const logOptions: LoggerOptions = {
  redact: { paths: [...redactedPaths], censor: censored },
  serializers: { error: (thrown) => describeError(thrown), err: (thrown) => describeError(thrown) },
  base: null,
}

/** A log to `destination` (standard output unless told) and to `ring`. */
export const createLogger = (
  level: string,
  ring: LogRing,
  destination: DestinationStream = pino.destination(1),
): Logger =>
  pino(
    { ...logOptions, level },
    multistream([
      { stream: destination, level: 'trace' },
      { stream: ring, level: 'trace' },
    ]),
  )
