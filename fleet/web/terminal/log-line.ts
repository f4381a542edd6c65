import { type LogLevel, logLevels } from '../../../protocol/capabilities/terminal.ts'

/** A line of a terminal's log, as people read it. */
export interface LogLine {
  /** Milliseconds since 1970, where the line says it. */
  readonly at?: number
  readonly level?: LogLevel
  readonly text: string
}

/** Pino's numbers, the least of each level. */
const numbers: readonly (readonly [number, LogLevel])[] = [
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
  [0, 'debug'],
]

const levelOf = (level: unknown): LogLevel | undefined =>
  typeof level === 'number'
    ? numbers.find(([least]) => level >= least)?.[1]
    : logLevels.find((name) => name === level)

const unsaid: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'pid', 'hostname', 'v'])

/** Reads a line as pino writes it; any other one stays as it is. */
export const logLineOf = (text: string): LogLine => {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return { text }
  }
  if (typeof read !== 'object' || read === null || !('msg' in read)) return { text }
  const fields = read as Readonly<Record<string, unknown>>
  const level = levelOf(fields.level)
  const rest = Object.entries(fields)
    .filter(([name]) => !unsaid.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return {
    ...(typeof fields.time === 'number' && { at: fields.time }),
    ...(level !== undefined && { level }),
    text: [String(fields.msg), ...rest].join(' '),
  }
}
