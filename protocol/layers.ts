/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** One of the documents that lie over each other, and what it is called. */
export interface Layer {
  readonly origin: string
  readonly content: JsonObject
}

/** The document that several layers make, and which of them gave each value: by JSON pointer (RFC 6901). */
export interface Merged {
  readonly value: JsonObject
  readonly origins: Readonly<Record<string, string>>
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/**
 * Lays `upper` over `lower`: objects are merged member by member, everything else (a list too) is replaced whole.
 * Members are defined, never assigned, so that no name reaches a prototype.
 */
export const overlay = (lower: JsonObject, upper: JsonObject): JsonObject => {
  const names = new Set([...Object.keys(lower), ...Object.keys(upper)])
  return Object.fromEntries(
    [...names].map((name) => {
      const below = own(lower, name)
      const above = own(upper, name)
      if (above === undefined) return [name, below as Json]
      return [name, isObject(above) && isObject(below) ? overlay(below, above) : above]
    }),
  )
}

/** A name as one step of a JSON pointer. */
const step = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Every value that is not made of members, with the names that lead to it. */
export const leavesOf = (
  value: Json,
  names: readonly string[] = [],
): [names: readonly string[], value: Json][] => {
  if (!isObject(value) || Object.keys(value).length === 0) return [[names, value]]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...names, name]))
}

/** The JSON pointer of the names that lead to a value. */
export const pointer = (names: readonly string[]): string => names.map((name) => `/${step(name)}`).join('')

/** What stands where these names lead to; `undefined` where nothing does. */
export const at = (value: Json, names: readonly string[]): Json | undefined =>
  names.reduce<Json | undefined>((found, name) => (isObject(found) ? own(found, name) : undefined), value)

/** Lays all layers over each other, the first one at the bottom. */
export const mergeLayers = (layers: readonly Layer[]): Merged => {
  const value = layers.reduce<JsonObject>((merged, { content }) => overlay(merged, content), {})
  const origins = leavesOf(value).flatMap(([names]) => {
    const layer = layers.findLast(({ content }) => at(content, names) !== undefined)
    return layer ? [[pointer(names), layer.origin] as const] : []
  })
  return { value, origins: Object.fromEntries(origins) }
}
