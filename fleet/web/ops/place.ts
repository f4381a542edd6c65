export const views = ['morning', 'map', 'incidents', 'fleet', 'downtimes', 'wall'] as const
export type ViewName = (typeof views)[number]

/** Where one is on the ops pages: `#incidents/<id>`, `#fleet?state=offline`. */
export interface Place {
  readonly view: ViewName
  /** What is looked at there: the id of an incident, or nothing. */
  readonly id: string
  readonly query: Readonly<Record<string, string>>
}

const isView = (name: string): name is ViewName => (views as readonly string[]).includes(name)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Reads the part of an address after its `#`; whatever is not understood is the morning page. */
export const placeOf = (hash: string): Place => {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const [view = '', id = ''] = path.split('/', 2)
  return {
    view: isView(view) ? view : 'morning',
    id: decoded(id),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

/** The address of a place. */
export const hashOf = (view: ViewName, id = '', query: Readonly<Record<string, string>> = {}): string => {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))
  return `#${view}${id && `/${encodeURIComponent(id)}`}${search.size > 0 ? `?${search}` : ''}`
}

/** The page of one terminal. */
export const terminalPage = (id: string): string => `./terminal.html#${encodeURIComponent(id)}`
