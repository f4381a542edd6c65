import type { Logger } from 'pino'
import { type LogLevel, logLevels } from '../../protocol/capabilities/terminal.ts'

/** How much is logged: what was set, and more for as long as somebody asks for it. */
export interface LogLevels {
  /** From now on this is what is logged when nobody asks for more. */
  set(level: string): void
  /** Logs at least this level until the returned function is called. */
  atLeast(level: LogLevel): () => void
}

const ranks: readonly string[] = ['trace', ...logLevels, 'silent']

/** The levels of a log; loggers that were made of it keep their own. */
export const createLogLevels = (logger: Pick<Logger, 'level'>): LogLevels => {
  const asked = new Set<{ readonly level: LogLevel }>()
  let usual = logger.level
  const apply = () => {
    const all = [usual, ...[...asked].map(({ level }) => level)]
    logger.level = ranks.find((rank) => all.includes(rank)) ?? usual
  }
  return {
    set(level) {
      usual = level
      apply()
    },
    atLeast(level) {
      const wish = { level }
      asked.add(wish)
      apply()
      return () => {
        asked.delete(wish)
        apply()
      }
    },
  }
}
