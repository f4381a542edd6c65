import { setTimeout as sleep } from 'node:timers/promises'

/** How long a new configuration has to prove itself, in milliseconds of a clock that nobody can set. */
export interface TrialTimes {
  /** It has to have held for so long. */
  readonly steadyMs: number
  /** What is not well after so long never will be. */
  readonly longestMs: number
  /** Between two looks. */
  readonly everyMs: number
}

export const trialTimes: TrialTimes = { steadyMs: 30_000, longestMs: 120_000, everyMs: 5000 }

/** How often the agent may begin to run by a configuration that it was not stopped under in good order. */
export const mostTries = 2

export interface TrialParts {
  readonly times: TrialTimes
  readonly monotonic: () => number
  /** Whether the fleet has heard from an agent that runs by it. */
  readonly told: () => boolean
  /** Whether the line is down and the configuration cannot be why: then its time stands still. */
  readonly isExcused: () => boolean
  /** Whether the parts of the agent are through with it: some need the fleet for that, or a device that is in use. */
  readonly isSettled: () => boolean
  /** What is worse than before: capabilities that worked, should work and do not, and what parts did in vain. */
  readonly worse: (signal: AbortSignal) => Promise<readonly string[]>
  /** Called once the agent has lived under it for `longestMs`: if it ends then, that is not why. */
  readonly survived: () => void
}

/**
 * Watches a new configuration: it is good when the line to the fleet came up under it, all parts run by it and
 * nothing is worse than before. Resolves to `undefined`, or to what was still wrong when the time was over; rejects
 * with the signal's reason.
 */
export const watchTrial = async (parts: TrialParts, signal: AbortSignal): Promise<string | undefined> => {
  const { times, monotonic, told, isExcused, isSettled, worse, survived } = parts
  const since = monotonic()
  let looked = since
  let lasted = 0
  for (let hasSurvived = false; ; ) {
    await sleep(times.everyMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    const passed = monotonic() - looked
    looked += passed
    if (!hasSurvived && looked - since >= times.longestMs) {
      hasSurvived = true
      survived()
    }
    // Without the fleet, what is to be brought from it cannot come either.
    if (told() && !isSettled()) lasted = 0
    else if (!isExcused()) lasted += passed
    const over = lasted >= times.longestMs
    if (lasted < times.steadyMs && !over) continue
    if (!told()) {
      if (over) return 'The fleet was not reached'
      continue
    }
    if (!isSettled()) continue
    const lost = await worse(signal)
    signal.throwIfAborted()
    if (lost.length === 0) return undefined
    if (over) return `No longer well: ${lost.join(', ')}`
  }
}
