import { randomUUID } from 'node:crypto'
import type { CommandInput, CommandName } from '../../protocol/commands.ts'
import type { Command } from '../api/schemas.ts'
import { ApiProblem } from '../web/api.ts'
import { faultOf } from '../web/i18n/faults.ts'
import type { Translate } from '../web/i18n/texts.ts'
import { follow, type HeardLines } from './follow.ts'
import type { Shell } from './shell.ts'

/** A command that did not succeed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly command: Command

  constructor(command: Command, words: string) {
    super(words)
    this.command = command
  }
}

/** A command that succeeded, but what it made could not be brought; `cause` says why. */
export class NotBrought extends Error {
  override readonly name = 'NotBrought'
  readonly command: Command

  constructor(command: Command, words: string, cause: unknown) {
    super(words, { cause })
    this.command = command
  }
}

/** What came of a command that did not succeed, in plain words. */
export const failureWords = (t: Translate, command: Command): string => {
  const fault = faultOf(t, command)
  const reason = command.error === undefined ? '' : `\n(${command.error.text})`
  return `${fault.what} ${fault.safe}\n${t('fault.do')}: ${fault.do}${reason}`
}

/** Asks a terminal for a command whose input the fleet checks, and follows it to its end. */
export const runAny = async (
  shell: Shell,
  terminal: string,
  name: string,
  input: unknown,
  { expiresInMs, heard }: { readonly expiresInMs?: number | undefined; readonly heard?: HeardLines } = {},
): Promise<Command> => {
  shell.progress.show(shell.t('command.state.queued'))
  const request = {
    name,
    input,
    idempotencyKey: randomUUID(),
    ...(expiresInMs !== undefined && { expiresInMs }),
  }
  // The key makes it harmless to ask once more when the answer was lost.
  const started = await shell.api.start(terminal, request).catch((problem: unknown) => {
    if (problem instanceof ApiProblem && problem.code === 'unreachable') {
      return shell.api.start(terminal, request)
    }
    throw problem
  })
  const command = await follow(shell, started.id, heard)
  if (command.state !== 'succeeded') throw new CommandFailed(command, failureWords(shell.t, command))
  return command
}

/** As `runAny`, for a command whose input is known here. Throws `CommandFailed` and `ApiProblem`. */
export const run = <N extends CommandName>(
  shell: Shell,
  terminal: string,
  name: N,
  input: CommandInput<N>,
): Promise<Command> => runAny(shell, terminal, name, input)
