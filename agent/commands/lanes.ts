import type { CommandSpec, Lane } from '../../protocol/command-spec.ts'
import { CommandError } from '../../protocol/errors.ts'

/*
 * INVARIANTS
 * 1. A lane is held by one command at a time; a command gets all its lanes at once or none, so none wait for each
 *    other in a circle.
 * 2. Who waits gets its turn in order: nobody passes an earlier one that wants the same lane.
 */

/** Who may use which device now. */
export interface Lanes {
  /**
   * Resolves with the way to leave when all of `lanes` are held. Throws `busy` at once when the command does not wait
   * or too many do; rejects with the signal's reason.
   */
  enter(
    lanes: readonly Lane[],
    whenBusy: CommandSpec['whenBusy'],
    signal: AbortSignal,
    waits?: () => void,
  ): Promise<() => void>
}

interface Waiter {
  readonly lanes: readonly Lane[]
  readonly admit: () => void
}

/** The lanes of one terminal; at most `places` commands wait. */
export const createLanes = (places = 8): Lanes => {
  const held = new Set<Lane>()
  const waiting: Waiter[] = []

  const hold = (lanes: readonly Lane[]) => {
    for (const lane of lanes) held.add(lane)
    let left = false
    return () => {
      if (left) return
      left = true
      for (const lane of lanes) held.delete(lane)
      admit()
    }
  }
  const admit = () => {
    const wanted = new Set<Lane>(held)
    for (const waiter of [...waiting]) {
      const free = !waiter.lanes.some((lane) => wanted.has(lane))
      for (const lane of waiter.lanes) wanted.add(lane)
      if (!free) continue
      waiting.splice(waiting.indexOf(waiter), 1)
      waiter.admit()
    }
  }

  return {
    async enter(lanes, whenBusy, signal, waits) {
      signal.throwIfAborted()
      const taken = lanes.some(
        (lane) => held.has(lane) || waiting.some((waiter) => waiter.lanes.includes(lane)),
      )
      if (!taken) return hold(lanes)
      if (whenBusy === 'refuse') throw new CommandError('busy', 'The device serves another command')
      if (waiting.length >= places) throw new CommandError('busy', 'Too many commands wait for the device')
      waits?.()
      return await new Promise<() => void>((resolve, reject) => {
        const abandon = () => {
          waiting.splice(waiting.indexOf(waiter), 1)
          reject(signal.reason)
          admit()
        }
        const waiter: Waiter = {
          lanes,
          admit: () => {
            signal.removeEventListener('abort', abandon)
            resolve(hold(lanes))
          },
        }
        signal.addEventListener('abort', abandon, { once: true })
        waiting.push(waiter)
      })
    },
  }
}
