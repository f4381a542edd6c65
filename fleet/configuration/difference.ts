import { canonical } from '../../protocol/canonical.ts'
import { isObject, type Json, type JsonObject, leavesOf, pointer } from '../../protocol/layers.ts'

/** One value that differs; a side that lacks it has none. */
export interface Change {
  readonly path: string
  readonly before?: Json
  readonly after?: Json
}

/** Every value by its path; an object without members is none. */
const valuesOf = (document: JsonObject): Map<string, Json> =>
  new Map(leavesOf(document).flatMap(([names, value]) => (isObject(value) ? [] : [[pointer(names), value]])))

const same = (one: Json | undefined, other: Json | undefined) =>
  one === undefined || other === undefined ? one === other : canonical(one) === canonical(other)

/** What differs between two documents, in the order of their paths. */
export const differences = (before: JsonObject, after: JsonObject): Change[] => {
  const [were, are] = [valuesOf(before), valuesOf(after)]
  return [...new Set([...were.keys(), ...are.keys()])].sort().flatMap((path) => {
    const [was, is] = [were.get(path), are.get(path)]
    if (same(was, is)) return []
    return [
      { path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) },
    ]
  })
}
