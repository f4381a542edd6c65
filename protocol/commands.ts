import type { Static } from 'typebox'
import { copierCommands } from './capabilities/copier.ts'
import { printerCommands } from './capabilities/printer.ts'
import { scannerCommands } from './capabilities/scanner.ts'
import { terminalCommands } from './capabilities/terminal.ts'
import type { CommandSpec } from './command-spec.ts'

/** Every command, by the capability that answers it: one line for each capability. */
export const commandsOf = {
  scanner: scannerCommands,
  printer: printerCommands,
  copier: copierCommands,
  terminal: terminalCommands,
} as const

export type CapabilityName = keyof typeof commandsOf

/** Every command by its name. */
export const commands = {
  ...scannerCommands,
  ...printerCommands,
  ...copierCommands,
  ...terminalCommands,
} as const

export type CommandName = keyof typeof commands
export type CommandNameOf<C extends CapabilityName> = keyof (typeof commandsOf)[C] & CommandName
export type CommandInput<N extends CommandName> = Static<(typeof commands)[N]['input']>
export type CommandOutput<N extends CommandName> = Static<(typeof commands)[N]['output']>

/** Whether a string names a command. */
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name)

/** What is known of a command beside its name. */
export const specOf = (name: CommandName): CommandSpec => commands[name]
