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
 * The fleet meets storms of connections, whose garbage would otherwise stay as memory: with 4 MB for short-lived objects
 * it has 20 MB more than with 2, with 1 MB no less; one arena of malloc saves it about 16 MB of 280. Its machine code is
 * not written for size: that would save 20 MB, and people would wait three times as long for their pages. Nor
 * is its heap held small between two collections: that would save 10 MB, and a return would cost half as much again. Of
 * the rest, TLS in Node takes 70 to 110 KB for each terminal.
 */
export const fleetLaunch: Launch = {
  nodeArguments: ['--max-semi-space-size=2'],
  environment: { MALLOC_ARENA_MAX: '1' },
}
