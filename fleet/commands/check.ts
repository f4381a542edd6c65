import { Compile } from 'typebox/compile'
import { type CommandName, commands, specOf } from '../../protocol/commands.ts'

interface Checker {
  Check(value: unknown): boolean
  Errors(value: unknown): readonly { instancePath: string; message: string }[]
}

const names = Object.keys(commands) as CommandName[]
const compiled = (part: 'input' | 'output') =>
  new Map<CommandName, Checker>(names.map((name) => [name, Compile(specOf(name)[part])]))

const inputs = compiled('input')
const outputs = compiled('output')

/** Why a command's input does not fit its schema, in a few words; `undefined` when it fits. */
export const inputFault = (name: CommandName, input: unknown): string | undefined => {
  const checker = inputs.get(name)
  if (checker?.Check(input)) return undefined
  const [error] = checker?.Errors(input) ?? []
  return error ? `input${error.instancePath} ${error.message}`.slice(0, 300) : 'input does not fit'
}

/** Whether a command's output fits its schema. */
export const outputFits = (name: CommandName, output: unknown): boolean =>
  outputs.get(name)?.Check(output) ?? false
