import { isObject, type Json, type JsonObject } from '../../protocol/layers.ts'
import type { LayerAddress } from '../web/configuration-api.ts'
import { UsageError } from './exit.ts'

/** `fleet`, `group:<name>`, `village:<name>` or `terminal:<id>`. Throws `UsageError`. */
export const parseLayer = (text: string): LayerAddress => {
  if (text === 'fleet') return { scope: 'fleet', name: 'all' }
  const [, scope, name] = /^(group|village|terminal):(.+)$/.exec(text) ?? []
  if (scope === undefined || name === undefined) {
    throw new UsageError(`${text} is no layer: fleet, group:<name>, village:<name> or terminal:<id>`)
  }
  return { scope, name }
}

/** The names that lead to a value: `scan.dpi`, or as a JSON pointer `/scan/dpi`. Throws `UsageError`. */
export const parsePath = (text: string): string[] => {
  const names = text.startsWith('/')
    ? text
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : text.split('.')
  if (names.some((name) => name === '')) throw new UsageError(`${text} is no path of a setting`)
  return names
}

/** What was written, as JSON where it is, else as text: `300`, `true`, `["ru"]`, `warn`. */
export const parseValue = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** The content with this value at these names. */
export const withValue = (
  content: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: Json,
): JsonObject => {
  const below = Object.hasOwn(content, name) ? content[name] : undefined
  const inner = rest.length === 0 ? value : withValue(isObject(below) ? below : {}, rest, value)
  return Object.fromEntries([...Object.entries(content).filter(([key]) => key !== name), [name, inner]])
}

/** The content without what these names lead to, and without the objects that are empty then. */
export const withoutValue = (content: JsonObject, [name = '', ...rest]: readonly string[]): JsonObject => {
  const others = Object.entries(content).filter(([key]) => key !== name)
  const below = Object.hasOwn(content, name) ? content[name] : undefined
  const inner = rest.length > 0 && isObject(below) ? withoutValue(below, rest) : {}
  return Object.fromEntries([...others, ...(Object.keys(inner).length > 0 ? [[name, inner] as const] : [])])
}
