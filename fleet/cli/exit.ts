/** How `avyl` ends, for scripts: stable. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** Wrong words on the command line, or a file that is not there. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
