import type { Readable, Writable } from 'node:stream'
import { UsageError } from './exit.ts'

/** A keyboard, or a file or program in its place. */
export type SecretSource = Readable & {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

const maxCharacters = 1000

/** The first line of what comes in. */
const firstLine = async (input: SecretSource): Promise<string> => {
  let text = ''
  input.setEncoding('utf8')
  for await (const piece of input) {
    text += String(piece)
    if (text.includes('\n') || text.length > maxCharacters) break
  }
  return text.split(/\r?\n/, 1)[0] ?? ''
}

/** What is typed until Enter, without a trace on the screen. */
const typed = async (input: SecretSource): Promise<string> => {
  let text = ''
  input.setEncoding('utf8')
  input.setRawMode?.(true)
  try {
    for await (const piece of input.iterator({ destroyOnReturn: false })) {
      for (const key of String(piece)) {
        if (key === '\r' || key === '\n' || key === '\u0004') return text
        if (key === '\u0003') throw new UsageError('Nothing was given')
        if (key === '\u007f' || key === '\b') text = text.slice(0, -1)
        else if (text.length < maxCharacters) text += key
      }
    }
    return text
  } finally {
    input.setRawMode?.(false)
    input.pause()
  }
}

/**
 * Asks for a secret: at the keyboard unseen, else the first line of standard input. Never from the command line, which
 * other people on the machine can read. Throws `UsageError` when there is none.
 */
export const askSecret = async (
  input: SecretSource | undefined,
  errors: Writable,
  question: string,
): Promise<string> => {
  if (input === undefined) throw new UsageError('A password comes from the keyboard or from standard input')
  if (input.isTTY) errors.write(`${question}: `)
  const secret = await (input.isTTY ? typed(input) : firstLine(input))
  if (input.isTTY) errors.write('\n')
  if (secret === '') throw new UsageError('Nothing was given')
  return secret
}
