import { setTimeout as sleep } from 'node:timers/promises'
import type { LogLevel, LogsInput } from '../../protocol/capabilities/terminal.ts'
import type { CommandOutput } from '../../protocol/commands.ts'
import { maxLogLine } from '../../protocol/messages.ts'
import type { Line } from '../link/line.ts'
import type { LogRing } from './log.ts'
import type { LogLevels } from './log-level.ts'
import { redactText } from './redaction.ts'

/** What a tail of the log takes of the line, in lines and characters. */
export interface TailLimits {
  /** In one message. */
  readonly lines: number
  readonly characters: number
  /** Between two messages, in milliseconds. */
  readonly paceMs: number
  /** From the first line to the last one. */
  readonly allCharacters: number
  /** Waiting for their message; older ones are skipped. */
  readonly waiting: number
}

const usual: TailLimits = {
  lines: 100,
  characters: 16 * 1024,
  paceMs: 1000,
  allCharacters: 2 * 1024 * 1024,
  waiting: 1000,
}

/** The numbers of pino's levels. */
const numbers: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 }

const levelOf = (line: string): number => Number(/^\{"level":(\d{1,3})[,}]/.exec(line)?.[1] ?? numbers.info)

/** What a tail is made of. */
export interface TailParts {
  readonly logs: LogRing
  readonly levels: LogLevels
  readonly line: Pick<Line, 'isUp' | 'send'>
  readonly limits?: Partial<TailLimits>
}

/** Shows the log to one command's followers until its time is over. Rejects with the signal's reason. */
export type LogTail = (
  id: string,
  input: LogsInput,
  signal: AbortSignal,
) => Promise<CommandOutput<'terminal.logs'>>

/** The tail of this log: first what the ring holds, then what comes. */
export const createLogTail = ({ logs, levels, line, limits = {} }: TailParts): LogTail => {
  const { lines: most, characters, paceMs, allCharacters, waiting } = { ...usual, ...limits }

  return async (id, { seconds = 300, level = 'info' }, signal) => {
    const queue: string[] = []
    const count = { lines: 0, skipped: 0, characters: 0 }
    const take = (text: string) => {
      if (levelOf(text) < numbers[level]) return
      queue.push(redactText(text.trimEnd()).slice(0, maxLogLine))
      if (queue.length <= waiting) return
      queue.shift()
      count.skipped += 1
    }
    const message = (): string[] => {
      const lines: string[] = []
      for (let room = characters; lines.length < most && room > 0; ) {
        const [next] = queue
        if (next === undefined || (lines.length > 0 && next.length > room)) break
        queue.shift()
        lines.push(next)
        room -= next.length
      }
      return lines
    }
    const send = async () => {
      if (!line.isUp) return
      const lines = message()
      if (lines.length === 0) return
      count.characters += lines.reduce((sum, text) => sum + text.length, 0)
      // What is lost on the way is lost: the log itself stays in the terminal.
      await line.send('log', { id, lines }).then(
        () => {
          count.lines += lines.length
        },
        () => {
          count.skipped += lines.length
        },
      )
    }

    for (const text of logs.lines()) take(text)
    const leave = logs.follow(take)
    const usualLevel = levels.atLeast(level)
    try {
      const until = performance.now() + seconds * 1000
      while (count.characters < allCharacters) {
        await send()
        const left = until - performance.now()
        if (left <= 0) break
        await sleep(Math.min(paceMs, left), undefined, { signal }).catch(() => signal.throwIfAborted())
      }
      return { lines: count.lines, skipped: count.skipped + queue.length }
    } finally {
      usualLevel()
      leave()
    }
  }
}
