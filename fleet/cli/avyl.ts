import type { Writable } from 'node:stream'
import { CommanderError } from 'commander'
import { ApiProblem, createApi } from '../web/api.ts'
import { problemText } from '../web/i18n/faults.ts'
import { chooseLanguage, type Language, type Translate, translator } from '../web/i18n/texts.ts'
import { findAccess } from './access.ts'
import { AuditBroken } from './commands/audit.ts'
import { ChannelSilent } from './commands/channel.ts'
import { exitCodes, isSystemFault, UsageError } from './exit.ts'
import { createProgram, type GlobalOptions } from './program.ts'
import { createProgressLine } from './progress-line.ts'
import { CommandFailed, NotBrought } from './run-command.ts'
import { askSecret, type SecretSource } from './secret-prompt.ts'
import type { Shell } from './shell.ts'

/** What `avyl` has around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where secrets are typed; without it none can be given. */
  readonly input?: SecretSource
  readonly output: Writable
  readonly errors: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** Calls back on Ctrl-C until the returned function is called. */
  readonly onInterrupt: Shell['onInterrupt']
}

/** The language by POSIX: LC_ALL, LC_MESSAGES, LANG; the C locale reads English. */
const languageOf = ({ LC_ALL, LC_MESSAGES, LANG }: Surroundings['environment']): Language => {
  const locale = LC_ALL || LC_MESSAGES || LANG
  return chooseLanguage(/^(C|POSIX)\b/.test(locale ?? '') ? 'en' : locale)
}

interface Ending {
  readonly code: number
  /** The document for programs. */
  readonly value: object
  readonly words: string
}

const ending = (error: unknown, t: Translate): Ending => {
  if (error instanceof CommandFailed) {
    return { code: exitCodes.failed, value: error.command, words: error.message }
  }
  if (error instanceof NotBrought) {
    const { code, value, words } = ending(error.cause, t)
    // The work itself is done: no script shall take this for wrong words and have it done again.
    const isUnreachable = code === exitCodes.unreachable
    return {
      code: isUnreachable ? code : exitCodes.failed,
      value: { ...value, command: error.command },
      words: `${words}\n${error.message}`,
    }
  }
  if (isSystemFault(error)) {
    return {
      code: exitCodes.failed,
      value: { error: { code: 'system', text: error.message } },
      words: error.message,
    }
  }
  if (error instanceof AuditBroken) {
    return { code: exitCodes.failed, value: error.verdict, words: error.message }
  }
  if (error instanceof ChannelSilent) {
    return { code: exitCodes.failed, value: error.value, words: error.message }
  }
  if (error instanceof ApiProblem) {
    const code = error.code === 'unreachable' ? exitCodes.unreachable : exitCodes.failed
    const { errors } = error
    const places = errors.map(({ path, text }) => `\n  ${path || '/'}: ${text}`).join('')
    const words = `${problemText(t, error.code)}\n(${error.message})${places}`
    const value = { code: error.code, text: error.message, ...(errors.length > 0 && { errors }) }
    return { code, value: { error: value }, words }
  }
  if (error instanceof UsageError || error instanceof CommanderError) {
    // Commander has written its words already.
    const words = error instanceof UsageError ? error.message : ''
    return { code: exitCodes.usage, value: { error: { code: 'usage', text: error.message } }, words }
  }
  throw error
}

/** Words that came from a terminal must not steer the window in which they are read: no control characters. */
const plain = (words: string): string => words.replace(/[^\P{Cc}\n\t]/gu, '')

/** Runs one command line; resolves to its exit code. */
export const avyl = async (args: readonly string[], around: Surroundings): Promise<number> => {
  const { environment, output, errors, onInterrupt } = around
  const language = languageOf(environment)
  const t = translator(language)
  const json = args.includes('--json')
  const progress = createProgressLine(errors)
  const answer = (value: unknown, words: string): void => {
    progress.clear()
    output.write(`${json ? JSON.stringify(value) : plain(words)}\n`)
  }
  const say = (words: string): void => {
    progress.clear()
    if (!json) output.write(`${plain(words)}\n`)
  }
  const open = async (options: GlobalOptions): Promise<Shell> => {
    const { url, token } = await findAccess(options, environment)
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return {
      ...{ api: createApi({ url, headers }), t, progress, output, answer, say, onInterrupt },
      askSecret: (question) => askSecret(around.input, errors, question),
    }
  }
  try {
    await createProgram(open, language, around, { t, answer }).parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    progress.clear()
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok
    const { code, value, words } = ending(error, t)
    if (json) answer(value, words)
    else if (words) errors.write(`${plain(words)}\n`)
    return code
  }
}
