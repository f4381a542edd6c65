import { isMainThread } from 'node:worker_threads'

// The child process of a session: one thread hears the parent, the other one waits for the scanner.
if (isMainThread) await import('./main-thread.ts')
else await import('./frame-thread.ts')
