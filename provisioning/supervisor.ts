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
  /** Whether this unit is being stopped to be started again at once, as by an upgrade of its package. */
  restarts(unit: string): Promise<boolean>
}

const nobody: Supervisor = { ready() {}, alive() {}, stopping() {}, restarts: async () => false }

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
    restarts: (unit) =>
      new Promise((resolve) => {
        const question = ['list-jobs', '--no-legend', unit]
        execFile('systemctl', question, { timeout: 2000, env: { ...environment } }, (error, jobs) => {
          if (error) logger.warn({ error }, 'the supervisor did not say why it stops the program')
          // "1234 avyl-agent.service restart running": the job, its unit, its type, its state.
          resolve(!error && jobs.split('\n').some((job) => job.trim().split(/\s+/)[2] === 'restart'))
        })
      }),
  }
}
