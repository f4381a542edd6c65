import { Check } from 'typebox/value'
import { type CommandName, isCommandName, specOf } from '../../protocol/commands.ts'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import { CommandError } from '../../protocol/errors.ts'
import { CancelMessage, CommandMessage } from '../../protocol/messages.ts'

const decode = (payload: Uint8Array): unknown => {
  if (payload.length > maxBodyBytes) throw new CommandError('invalid', 'The message is too large')
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'))
  } catch (cause) {
    throw new CommandError('invalid', 'The message is not JSON', { cause })
  }
}

/** A command message whose id is the one in its topic. Throws `invalid`. */
export const parseCommand = (id: string, payload: Uint8Array): CommandMessage => {
  const message = decode(payload)
  if (!Check(CommandMessage, message) || message.id !== id) {
    throw new CommandError('invalid', 'The message is no command')
  }
  return message
}

/** The id of the command to stop. Throws `invalid`. */
export const parseCancel = (id: string, payload: Uint8Array): CancelMessage => {
  const message = decode(payload)
  if (!Check(CancelMessage, message) || message.id !== id) {
    throw new CommandError('invalid', 'The message is no cancellation')
  }
  return message
}

/** The name of a command that this agent knows, its input checked. Throws `unsupported`, `invalid`. */
export const parseRequest = (message: CommandMessage): CommandName => {
  const { name, input } = message
  if (!isCommandName(name)) throw new CommandError('unsupported', 'This agent does not know the command')
  if (!Check(specOf(name).input, input))
    throw new CommandError('invalid', 'The input does not fit the command')
  return name
}
