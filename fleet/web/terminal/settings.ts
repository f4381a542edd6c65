/** One value of a configuration: where it stands, what it is, which layer gave it. */
export interface Setting {
  readonly path: string
  readonly value: string
  readonly origin: string
}

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Spans of hours and other lists as people write them. */
const written = (value: unknown): string => {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  if (value.length === 0) return '–'
  return value
    .map((one) => (isBranch(one) && 'from' in one && 'to' in one ? `${one.from}–${one.to}` : written(one)))
    .join(', ')
}

/** A configuration as a flat list; the layer is that of the nearest place above which one is named. */
export const settingsOf = (
  document: unknown,
  origins: Readonly<Record<string, string>>,
  pointer = '',
  inherited = '',
): readonly Setting[] => {
  const origin = origins[pointer] ?? inherited
  if (isBranch(document) && Object.keys(document).length > 0) {
    return Object.entries(document).flatMap(([name, value]) =>
      settingsOf(value, origins, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, origin),
    )
  }
  return [{ path: pointer.slice(1).replaceAll('/', ' › '), value: written(document), origin }]
}
