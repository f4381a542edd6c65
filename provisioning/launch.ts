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
 * The fleet meets storms of connections, whose garbage would otherwise stay as memory. After 700 terminals joined,
 * glibc's malloc keeps 30 to 40 MB that nobody uses between what is in use; jemalloc with one arena gives each free page
 * back at once, and a return costs no more. 8 MB for short-lived objects make a return 5 % cheaper than 2 and cost 5 MB
 * with 700 terminals, though with 2 a week of their vitals took 450 MB in place of 300; 16 MB would cost 25. Its machine
 * code is not written for size: that would save 20 MB, and people would wait three times as long for their pages. Nor is
 * its heap held small between two collections: that would save 10 MB, and a return would cost half as much again.
 */
export const fleetLaunch: Launch = {
  nodeArguments: ['--max-semi-space-size=8'],
  environment: {
    LD_PRELOAD: 'libjemalloc.so.2',
    MALLOC_CONF: 'narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0',
  },
}
