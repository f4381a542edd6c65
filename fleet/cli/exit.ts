/** How `avyl` ends, for scripts: stable. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** Whether the system refused to do something, as a full disk does. */
export const isSystemFault = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error

/** Wrong words on the command line, or a file that is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
