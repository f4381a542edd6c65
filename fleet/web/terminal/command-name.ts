import { isTerminalTextKey, type TerminalTranslate } from './texts.ts'

/** What a command does, in words; one without words keeps its name. */
export const commandName = (t: TerminalTranslate, name: string): string => {
  const key = `act.${name}`
  return isTerminalTextKey(key) ? t(key) : name
}
