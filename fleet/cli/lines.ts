import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { UsageError } from './exit.ts'

/** No line that `avyl` reads is longer, in characters. */
const longestLine = 4 * 1024 * 1024

const unreadable = (file: string, cause: unknown) => new UsageError(`${file} cannot be read`, { cause })

/** The text of a small file. Throws `UsageError`. */
export const fileText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause)
  })

/** The lines of a file of any length, without their ends, a few at a time. Throws `UsageError`. */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw new Error('A line is too long')
      yield* lines
    }
  } catch (cause) {
    throw unreadable(file, cause)
  }
  if (rest !== '') yield rest
}
