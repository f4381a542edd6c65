import { readFileSync } from 'node:fs'
import type { Clock } from './clock.ts'

/** What every body from this terminal carries. */
export interface Envelope {
  readonly v: 1
  readonly ts: number
  readonly boot: string
  readonly run: string
  readonly seq: number
}

/** The boot id that Linux gives (random(4)); `unknown` elsewhere. */
export const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 64)
  } catch {
    return 'unknown'
  }
}

/** Makes the envelopes of one run, counted from 0 and stamped with the fleet's clock. */
export const createEnvelopes = (identity: { readonly boot: string; readonly run: string }, clock: Clock) => {
  let seq = 0
  return (): Envelope => ({ v: 1, ts: Math.max(0, clock.now()), ...identity, seq: seq++ })
}
