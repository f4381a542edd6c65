import { useEffect, useRef, useState } from 'preact/hooks'
import type { LogLevel } from '../../../protocol/capabilities/terminal.ts'
import type { Command } from '../../api/schemas.ts'
import { isOver } from '../expert/state.ts'
import { useTerminal } from './context.ts'
import { type LogLine, logLineOf } from './log-line.ts'

const keptLines = 2000
const name = 'logs'

/** The log of the terminal as it is written, for a while. */
export interface LogTail {
  readonly lines: readonly (LogLine & { readonly number: number })[]
  readonly running: boolean
  /** When it ends by itself, in milliseconds. */
  readonly until: number | undefined
  readonly start: (seconds: number, level: LogLevel) => void
}

/** Follows the log; it ends by itself, when it is cancelled, and when the page is left. */
export const useLogTail = (): LogTail => {
  const { api, works, commands } = useTerminal()
  const [lines, setLines] = useState<LogTail['lines']>([])
  const [until, setUntil] = useState<number | undefined>()
  const count = useRef(0)
  const work = works.of(name)
  const id = work?.command
  const over = commands.some((command) => command.id === id && isOver(command))

  useEffect(() => {
    if (id === undefined) return
    const events = new EventSource(api.commandEventsUrl(id))
    let going = true
    // Each time the line opens it begins with the newest lines so far.
    events.addEventListener('open', () => setLines([]))
    events.addEventListener('log', (event) => {
      const told = JSON.parse((event as MessageEvent<string>).data) as { readonly lines: readonly string[] }
      const read = told.lines.map((line) => {
        count.current += 1
        return { ...logLineOf(line), number: count.current }
      })
      setLines((before) => [...before, ...read].slice(-keptLines))
    })
    events.addEventListener('state', (event) => {
      if (!isOver(JSON.parse((event as MessageEvent<string>).data) as Command)) return
      going = false
      events.close()
    })
    // Whoever has gone reads no more of it.
    const leave = (): void => {
      events.close()
      if (going)
        void api.send('DELETE', `/commands/${encodeURIComponent(id)}`, { keepalive: true }).catch(() => {})
      going = false
    }
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      leave()
    }
  }, [id])

  return {
    lines,
    running: work !== undefined && work.problem === undefined && !over,
    until,
    start: (seconds, level) => {
      setLines([])
      setUntil(Date.now() + seconds * 1000)
      void works.run(name, 'terminal.logs', { seconds, level })
    },
  }
}
