import { spawn } from 'node:child_process'
import type { Logger } from 'pino'

/** Restarts the machine by this program and its arguments; what becomes of it is for the log only. */
export const restartMachine = (command: readonly string[], logger: Pick<Logger, 'error'>): void => {
  const [program = '', ...argv] = command
  const child = spawn(program, argv, { stdio: 'ignore', detached: true })
  child.once('error', (error) => logger.error({ error }, 'the machine could not be restarted'))
  child.unref()
}
