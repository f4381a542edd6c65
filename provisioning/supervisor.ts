import { execFile } from 'node:child_process'
import type { Logger } from 'pino'

/** What a program of ours tells the one that started it (sd_notify(3)). */
export interface Supervisor {
  /** How often it wants to hear that the program works, in milliseconds; `undefined` when it does not ask. */
  readonly watchdogMs?: number
  /** The program does its work now. */
  ready(): void
  /** The program still works. */
  alive(): void
  /** The program is about to end. */
  stopping(): void
}

const nobody: Supervisor = { ready() {}, alive() {}, stopping() {} }

/**
 * systemd, where it started the program. Node opens no datagram sockets of the local kind, so systemd's own program
 * speaks for it.
 */
export const openSupervisor = (environment: NodeJS.ProcessEnv, logger: Logger): Supervisor => {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: of } = environment
  if (!socket) return nobody
  const tell = (word: string) => {
    execFile('systemd-notify', [word], { timeout: 5000, env: { ...environment } }, (error) => {
      if (error) logger.warn({ error }, 'the supervisor was not told')
    })
  }
  const watchdogMs = Number(microseconds) / 1000
  const watched = watchdogMs > 0 && (of === undefined || Number(of) === process.pid)
  return {
    ...(watched ? { watchdogMs } : {}),
    ready: () => tell('READY=1'),
    alive: () => tell('WATCHDOG=1'),
    stopping: () => tell('STOPPING=1'),
  }
}
