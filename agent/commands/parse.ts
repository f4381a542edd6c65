import { type CommandName, isCommandName, specOf } from '../../protocol/commands.ts'
import { CommandError } from '../../protocol/errors.ts'
import { fits } from '../../protocol/fits.ts'
import type { CommandMessage } from '../../protocol/messages.ts'

/** The name of a command that this agent knows, its input checked. Throws `unsupported`, `invalid`. */
export const parseRequest = (message: CommandMessage): CommandName => {
  const { name, input } = message
  if (!isCommandName(name)) throw new CommandError('unsupported', 'This agent does not know the command')
  if (!fits(specOf(name).input, input))
    throw new CommandError('invalid', 'The input does not fit the command')
  return name
}
