import { Errors } from 'typebox/value'
import { type CommandName, specOf } from '../../protocol/commands.ts'
import { fits } from '../../protocol/fits.ts'

/** Why a command's input does not fit its schema, in a few words; `undefined` when it fits. */
export const inputFault = (name: CommandName, input: unknown): string | undefined => {
  const schema = specOf(name).input
  if (fits(schema, input)) return undefined
  const [error] = Errors(schema, input)
  return error ? `input${error.instancePath} ${error.message}`.slice(0, 300) : 'input does not fit'
}

/** Whether a command's output fits its schema. */
export const outputFits = (name: CommandName, output: unknown): boolean => fits(specOf(name).output, output)
