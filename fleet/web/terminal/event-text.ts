import type { TerminalEvent } from '../../api/health-schemas.ts'
import { reasonText } from '../i18n/faults.ts'
import { isTextKey } from '../i18n/texts.ts'
import { isTerminalTextKey, type TerminalTranslate } from './texts.ts'

/** What happened, in words; a kind without words keeps its name. */
export const eventText = (t: TerminalTranslate, type: string): string => {
  const key = `event.${type}`
  return isTerminalTextKey(key) ? t(key) : type
}

/** A device or a check by its name, in words; one without words keeps its name. */
export const thingText = (t: TerminalTranslate, name: string): string => {
  const found = [`check.${name}`, `capability.${name}`].find(isTerminalTextKey)
  return found === undefined ? name : t(found)
}

/** One thing that an event tells, as its name and its value in words. */
export interface Told {
  readonly name: string
  readonly value: string
}

const valueText = (t: TerminalTranslate, name: string, value: TerminalEvent['data'][string]): string => {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  if (typeof value === 'number') return String(value)
  if (name === 'capability') return thingText(t, value)
  if (name === 'reason' && isTextKey(`reason.${value}`)) return reasonText(t, value)
  const about = [`identity.${value}`, `config.${value}`].find(isTextKey)
  return name === 'about' && about !== undefined ? t(about) : value
}

/** What an event tells beside its kind, in words where there are some. */
export const toldBy = (t: TerminalTranslate, data: TerminalEvent['data']): readonly Told[] =>
  Object.entries(data).map(([name, value]) => {
    const key = `data.${name}`
    return { name: isTerminalTextKey(key) ? t(key) : name, value: valueText(t, name, value) }
  })
