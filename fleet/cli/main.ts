#!/usr/bin/env node
import { CommanderError } from 'commander'
import { ApiProblem, createApi } from '../web/api.ts'
import { problemText } from '../web/i18n/faults.ts'
import { chooseLanguage, translator } from '../web/i18n/texts.ts'
import { findAccess } from './access.ts'
import { exitCodes, UsageError } from './exit.ts'
import { createProgram, type GlobalOptions } from './program.ts'
import { createProgressLine } from './progress-line.ts'
import { CommandFailed } from './run-command.ts'
import type { Shell } from './shell.ts'

const { LC_ALL, LC_MESSAGES, LANG } = process.env
const locale = LC_ALL || LC_MESSAGES || LANG
const language = chooseLanguage([/^(C|POSIX)\b/.test(locale ?? '') ? 'en' : locale])
const t = translator(language)
const progress = createProgressLine(process.stderr)
let json = process.argv.includes('--json')

const onInterrupt = (act: () => void): (() => void) => {
  let pressed = false
  const listener = (): void => {
    if (pressed) process.exit(exitCodes.interrupted)
    pressed = true
    act()
  }
  process.on('SIGINT', listener)
  return () => void process.off('SIGINT', listener)
}

const open = async (options: GlobalOptions): Promise<Shell> => {
  json = options.json === true
  const access = await findAccess(options, process.env)
  const headers: Record<string, string> =
    access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }
  return {
    api: createApi({ url: access.url, headers }),
    access,
    t,
    json,
    progress,
    answer: (value, words) => {
      progress.clear()
      process.stdout.write(`${json ? JSON.stringify(value) : words}\n`)
    },
    onInterrupt,
  }
}

/** Tells what went wrong: words on standard error, with `--json` the document on standard output. */
const fail = (value: unknown, words: string, code: number): void => {
  progress.clear()
  if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
  else process.stderr.write(`${words}\n`)
  process.exitCode = code
}

try {
  await createProgram(open, language).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    if (json && error.exitCode !== 0) {
      process.stdout.write(`${JSON.stringify({ error: { code: 'usage', text: error.message } })}\n`)
    }
  } else if (error instanceof UsageError) {
    fail({ error: { code: 'usage', text: error.message } }, error.message, exitCodes.usage)
  } else if (error instanceof CommandFailed) {
    fail(error.command, error.message, exitCodes.failed)
  } else if (error instanceof ApiProblem) {
    const words = `${problemText(t, error.code)}\n(${error.message})`
    const code = error.code === 'unreachable' ? exitCodes.unreachable : exitCodes.failed
    fail({ error: { code: error.code, text: error.message } }, words, code)
  } else throw error
}
