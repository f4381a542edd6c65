import type { DowntimeReason } from './history.ts'

/** Which boot of the machine and which run of the agent spoke. */
export interface Life {
  readonly boot?: string | undefined
  readonly run?: string | undefined
}

/** What a terminal was when it went, and what it is when it returns. */
export interface Return {
  readonly before: Life
  readonly after: Life
  /** Why it said goodbye, when it did. */
  readonly farewell?: string | undefined
  /** How long its agent itself stood still meanwhile, in milliseconds. */
  readonly stalledMs?: number | undefined
}

/** Why a terminal was away, by its own record: what lives on tells what has failed. */
export const reasonOfReturn = ({ before, after, farewell, stalledMs = 0 }: Return): DowntimeReason => {
  if (farewell !== undefined) return 'planned'
  if (before.run === undefined) return 'unknown'
  // The line of an agent that stands still is lost too, but not at fault.
  if (before.run === after.run) return stalledMs > 0 ? 'agent' : 'link'
  return before.boot === after.boot ? 'agent' : 'power'
}

/** The same by what an agent wrote down of its own start: it knows whether it had been asked to stop. */
export const reasonOfStart = ({
  planned,
  sameBoot,
}: {
  readonly planned: boolean
  readonly sameBoot: boolean
}): DowntimeReason => {
  if (planned) return 'planned'
  return sameBoot ? 'agent' : 'power'
}
