import type { TerminalState } from '../../api/schemas.ts'
import { byName, compareNames, type Row, worstFirst } from './rows.ts'

/** What the fleet table is narrowed to and how it is ordered. */
export interface FleetFilter {
  /** A state, or `troubled` for every one that needs a person; empty for all. */
  readonly state: TerminalState | 'troubled' | ''
  readonly district: string
  readonly text: string
  readonly order: FleetOrder
  readonly descending: boolean
}

/** The states in which a terminal is listed. */
export const listedStates = [
  'online',
  'reduced',
  'suspect',
  'offline',
  'maintenance',
  'never-seen',
] as const satisfies readonly TerminalState[]

export const fleetOrders = ['worst', 'village', 'district', 'id', 'since', 'share', 'agent'] as const
export type FleetOrder = (typeof fleetOrders)[number]

const orders: Readonly<Record<FleetOrder, (a: Row, b: Row) => number>> = {
  worst: worstFirst,
  village: byName,
  district: (a, b) => compareNames(a.district, b.district) || byName(a, b),
  id: (a, b) => compareNames(a.id, b.id),
  since: (a, b) => a.terminal.since - b.terminal.since || byName(a, b),
  // Where nothing was counted nothing was missed.
  share: (a, b) => (a.shares.all ?? 2) - (b.shares.all ?? 2) || byName(a, b),
  agent: (a, b) => compareNames(a.terminal.agent ?? '', b.terminal.agent ?? '') || byName(a, b),
}

const isOrder = (name: string | undefined): name is FleetOrder =>
  (fleetOrders as readonly (string | undefined)[]).includes(name)

/** Reads a filter from the query of an address. */
export const filterOf = (query: Readonly<Record<string, string>>): FleetFilter => ({
  state: (query.state ?? '') as FleetFilter['state'],
  district: query.district ?? '',
  text: query.text ?? '',
  order: isOrder(query.order) ? query.order : 'worst',
  descending: query.descending === 'yes',
})

/** The query that names a filter. */
export const queryOf = (filter: FleetFilter): Record<string, string> => ({
  state: filter.state,
  district: filter.district,
  text: filter.text,
  order: filter.order === 'worst' ? '' : filter.order,
  descending: filter.descending ? 'yes' : '',
})

/** The rows that a filter lets through, in its order. */
export const filtered = (rows: readonly Row[], filter: FleetFilter): readonly Row[] => {
  const wanted = filter.text.trim().toLocaleLowerCase('ru')
  const found = rows.filter(
    ({ id, village, district, tone, terminal }) =>
      (filter.state === '' ||
        (filter.state === 'troubled'
          ? tone === 'bad' || tone === 'warn'
          : terminal.state === filter.state)) &&
      (filter.district === '' || district === filter.district) &&
      (wanted === '' || `${village} ${district} ${id}`.toLocaleLowerCase('ru').includes(wanted)),
  )
  const sorted = found.toSorted(orders[filter.order])
  return filter.descending ? sorted.reverse() : sorted
}

/** The districts that there are, by name. */
export const districtsOf = (rows: readonly Row[]): readonly string[] =>
  [...new Set(rows.map(({ district }) => district).filter((name) => name !== ''))].toSorted(compareNames)
