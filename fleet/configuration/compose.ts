import { createHash } from 'node:crypto'
import { canonical } from '../../protocol/canonical.ts'
import { type Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import { type JsonObject, type Layer, mergeLayers } from '../../protocol/layers.ts'
import type { ConfigurationDocument } from './documents.ts'
import type { LayerName, LayerVersion, Scope } from './layers.ts'

/** What decides which layers are about a terminal. */
export interface Place {
  readonly terminal: string
  readonly village: string
  readonly group?: string
}

/** The name of the one layer that is about every terminal. */
export const wholeFleet = 'all'

/** A layer's name as one key. */
export const keyOf = ({ scope, name }: LayerName): string => `${scope}:${name}`

/** Whether a layer is about the terminal at this place. */
export const isAbout = ({ scope, name }: LayerName, { terminal, village, group }: Place): boolean => {
  const names: Record<Scope, string | undefined> = { fleet: wholeFleet, group, village, terminal }
  return names[scope] === name
}

const defaults: Layer = { origin: 'defaults', content: defaultConfiguration as unknown as JsonObject }

/** What a terminal at this place shall have: defaults ← fleet ← group ← village ← terminal. */
export const compose = (
  layers: ReadonlyMap<string, LayerVersion>,
  { terminal, village, group }: Place,
): Pick<ConfigurationDocument, 'content' | 'origins' | 'hash'> => {
  const keys = [
    keyOf({ scope: 'fleet', name: wholeFleet }),
    ...(group === undefined ? [] : [keyOf({ scope: 'group', name: group })]),
    keyOf({ scope: 'village', name: village }),
    keyOf({ scope: 'terminal', name: terminal }),
  ]
  const laid = keys.flatMap((origin): Layer[] => {
    const layer = layers.get(origin)
    return layer ? [{ origin, content: layer.content as unknown as JsonObject }] : []
  })
  const { value, origins } = mergeLayers([defaults, ...laid])
  const hash = createHash('sha256').update(canonical(value)).digest('hex')
  return { content: value as unknown as Configuration, origins, hash }
}
