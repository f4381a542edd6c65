import type { Forecast, Morning, SilentVillage, Village } from '../../api/health-schemas.ts'
import type { Terminal } from '../../api/schemas.ts'
import { type Tone, toneOf } from '../expert/terminal-state.ts'

/** One terminal with all that is known of it, as the ops pages list it. */
export interface Row {
  readonly id: string
  readonly village: string
  readonly district: string
  readonly terminal: Terminal
  readonly tone: Tone
  /** Why it is not there, where somebody has judged it. */
  readonly reason: Morning['terminals'][number]['reason']
  /** The newest fault in words of the device. */
  readonly detail: string | undefined
  /** Yesterday's shares by capability, and `all`. */
  readonly shares: Readonly<Record<string, number>>
  readonly silent: SilentVillage | undefined
  readonly changed: Morning['terminals'][number]['changedOvernight']
}

/** Below this share of shop hours a function counts as missed. */
export const target = 0.98

const troubled = (terminal: Terminal): string | undefined =>
  Object.values(terminal.capabilities).find(({ ok, detail }) => !ok && detail)?.detail

const rowOf = (
  terminal: Terminal,
  village: Village | undefined,
  told: Morning['terminals'][number] | undefined,
  silent: SilentVillage | undefined,
): Row => {
  // What the morning said of the state holds as long as the state does.
  const holds = told?.state === terminal.state && told.since === terminal.since
  return {
    id: terminal.id,
    village: terminal.village || terminal.id,
    district: village?.district ?? told?.district ?? '',
    terminal,
    tone: toneOf(terminal.state),
    reason: holds ? told.reason : undefined,
    detail: troubled(terminal) ?? (holds ? told.detail : undefined),
    shares: told?.shares ?? {},
    silent,
    changed: told?.changedOvernight ?? [],
  }
}

const nothing: readonly never[] = []

/** The rows of all terminals that have not been retired, the worst first. */
export const rowsOf = (
  terminals: readonly Terminal[],
  villages: Readonly<Record<string, Village>>,
  morning: Morning | undefined,
): readonly Row[] => {
  const told = new Map((morning?.terminals ?? nothing).map((one) => [one.terminal, one]))
  const silent = new Map((morning?.silent ?? nothing).map((one) => [one.terminal, one]))
  return terminals
    .filter(({ state }) => state !== 'retired')
    .map((one) => rowOf(one, villages[one.village], told.get(one.id), silent.get(one.id)))
    .toSorted(worstFirst)
}

/**
 * How much a row needs a person: away, working in part, back but missed yesterday, silent, not yet there or announced,
 * well.
 */
export const need = ({ tone, shares, silent, terminal }: Row): number => {
  if (tone === 'bad') return 0
  if (tone === 'warn') return 1
  if (terminal.state === 'online' && (shares.all ?? 1) < target) return 2
  if (terminal.state === 'online' && silent !== undefined) return 3
  return tone === 'quiet' ? 4 : 5
}

/** Whether a row is worth a look in the morning. */
export const needsLook = (row: Row): boolean => need(row) < 4

/** The order of the morning: by need, then by what was missed yesterday, then the longest first. */
export const worstFirst = (a: Row, b: Row): number =>
  need(a) - need(b) ||
  (a.shares.all ?? 1) - (b.shares.all ?? 1) ||
  a.terminal.since - b.terminal.since ||
  byName(a, b)

const names = new Intl.Collator(['ru', 'tt'], { numeric: true })

/** By village, and in one village by terminal. */
export const byName = (a: Row, b: Row): number =>
  names.compare(a.village, b.village) || (a.id < b.id ? -1 : Number(a.id > b.id))

/** Compares two texts as people sort them. */
export const compareNames = (a: string, b: string): number => names.compare(a, b)

/** What runs out, the soonest first. */
export const soonest = (forecasts: readonly Forecast[]): readonly Forecast[] =>
  forecasts.toSorted((a, b) => a.daysLeft - b.daysLeft)
