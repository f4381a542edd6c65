/** How a program of ours is started so that it stays small. */
export interface Launch {
  /** Arguments of Node before the entry file. */
  readonly nodeArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/**
 * The agent mostly waits: 1 MB for short-lived objects and one arena of malloc (mallopt(3)) save it about 3 MB of 70.
 * The few functions that V8 would optimise while modules are loaded bring 5 MB of its full compiler and 3 MB of its
 * middle one into memory.
 */
export const agentLaunch: Launch = {
  nodeArguments: ['--max-semi-space-size=1', '--no-turbofan', '--no-maglev', '--optimize-for-size'],
  environment: { MALLOC_ARENA_MAX: '1' },
}

/**
 * The fleet meets storms of connections, whose garbage would otherwise stay as memory: about 60 MB of 170 when idle, and
 * 20 MB of 260 with 700 terminals for machine code that is written for size.
 */
export const fleetLaunch: Launch = {
  nodeArguments: ['--max-semi-space-size=1', '--optimize-for-size'],
  environment: { MALLOC_ARENA_MAX: '2' },
}
