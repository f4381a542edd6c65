import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { DocumentError } from './document-error.ts'

/** What a child may use before the kernel or its parent ends it. */
export interface ChildLimits {
  /** Address space in MiB (RLIMIT_AS). */
  readonly memoryMiB: number
  /** Processor time in seconds (RLIMIT_CPU). */
  readonly cpuSeconds: number
  /** Wall-clock time in milliseconds. */
  readonly timeoutMs: number
  /** The most bytes it may write to its standard output. */
  readonly outputBytes: number
}

/** How a child ended, and what it said. */
export interface ChildOutcome {
  /** Exit status; `null` when a signal or a limit ended it. */
  readonly status: number | null
  /** Which limit ended it, if one did: `crash` is a signal of its own making, such as an abort without memory. */
  readonly limit: 'time' | 'output' | 'crash' | undefined
  readonly output: Buffer
  /** The end of its standard error, for a log. */
  readonly errors: string
}

/** A child under limits. Its output is to be read to the end, or destroyed. */
export interface LimitedChild {
  readonly output: Readable
  /** Resolves when it has ended; rejects with the signal's reason, or `tool-missing` when it cannot be started. */
  readonly ended: Promise<Omit<ChildOutcome, 'output'>>
  kill(): void
}

const errorTailLength = 4096

/** Starts a program with an argument array under prlimit(1); it gets no input, and nothing of our environment. */
export const startLimited = (
  program: string,
  argv: readonly string[],
  limits: ChildLimits,
  signal: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
): LimitedChild => {
  signal.throwIfAborted()
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    'prlimit',
    [
      `--as=${limits.memoryMiB * 1024 * 1024}`,
      // The soft limit signals SIGXCPU, the hard one kills.
      `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
      '--core=0',
      '--',
      program,
      ...argv,
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...environment },
    },
  )
  let limit: ChildOutcome['limit']
  let errors = ''
  let bytes = 0
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-errorTailLength)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limits.outputBytes) stop('output')
  })
  child.stdout.pause()
  const stop = (reason: 'time' | 'output') => {
    limit ??= reason
    child.kill('SIGKILL')
  }
  const kill = () => child.kill('SIGKILL')
  const timer = setTimeout(() => stop('time'), limits.timeoutMs)
  signal.addEventListener('abort', kill)
  const ended = new Promise<Omit<ChildOutcome, 'output'>>((resolve, reject) => {
    child.once('error', (cause) => reject(new DocumentError('tool-missing', 'prlimit cannot run', { cause })))
    child.once('close', (status, killedBy) => {
      if (signal.aborted) reject(signal.reason)
      else if (status === 127) reject(new DocumentError('tool-missing', `${program} is not installed`))
      else if (killedBy === 'SIGXCPU') resolve({ status, limit: 'time', errors })
      else resolve({ status, limit: limit ?? (killedBy === null ? undefined : 'crash'), errors })
    })
  }).finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
  })
  ended.catch(() => undefined)
  return { output: child.stdout, ended, kill }
}

/** Runs a program to its end under limits and gives what it wrote; see {@link startLimited}. */
export const runLimited = async (
  program: string,
  argv: readonly string[],
  limits: ChildLimits,
  signal: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildOutcome> => {
  const child = startLimited(program, argv, limits, signal, environment)
  const chunks: Buffer[] = []
  for await (const chunk of child.output) chunks.push(chunk)
  const outcome = await child.ended
  return { ...outcome, output: Buffer.concat(chunks) }
}
