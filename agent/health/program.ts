import { execFile } from 'node:child_process'

const longestMs = 10_000

/** A program of the machine is not there, failed or took too long. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed'
  /** Whether this machine has no such program. */
  readonly missing: boolean
  /** What it said before it ended, at most 2000 characters. */
  readonly said: string

  constructor(program: string, said: string, cause: Error) {
    super(`${program} failed`, { cause })
    this.missing = 'code' in cause && cause.code === 'ENOENT'
    this.said = said.slice(0, 2000)
  }
}

/** What a program says on its output, at most `maxBytes` and within 10 s. Rejects with `ProgramFailed`. */
export const outputOf = (
  program: string,
  words: readonly string[],
  { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const limits = { encoding: 'buffer', signal, timeout: longestMs, maxBuffer: maxBytes } as const
    execFile(program, words, limits, (error, stdout, stderr) => {
      if (error) reject(new ProgramFailed(program, `${stdout}${stderr}`, error))
      else resolve(stdout)
    })
  })
