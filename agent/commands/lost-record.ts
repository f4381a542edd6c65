import type { Clock } from '../link/clock.ts'
import type { Marks } from '../marks.ts'

/** The record of commands that was lost with a damaged database, where there was one. */
export interface LostRecord {
  /** Whether it is not known yet when the new record began: nothing has come from the fleet since. */
  readonly undated: boolean
  /**
   * When the new record began (fleet's clock, in milliseconds), once the fleet was heard: what was issued before may
   * have run. 0 without a loss.
   */
  before(): number
  /** The fleet has told the time: what `before` gives now holds from now on, over restarts too. */
  date(): void
}

const mark = 'record-began'

/**
 * To be made at the start of a run, which is when the new record begins: an earlier run that never heard the fleet was
 * told no command.
 */
export const createLostRecord = (lost: boolean, marks: Marks, clock: Clock): LostRecord => {
  const startedAt = clock.monotonic()
  const isUndated = () => lost && marks.get(mark) === undefined
  // By the fleet's clock as it is known now: the machine's own may be wrong by years.
  const startedByFleet = () => Math.trunc(clock.now() - (clock.monotonic() - startedAt))
  return {
    get undated() {
      return isUndated()
    },
    before: () => (isUndated() ? startedByFleet() : Number(marks.get(mark) ?? 0)),
    date() {
      if (isUndated()) marks.set(mark, String(startedByFleet()))
    },
  }
}
