import type { Static } from 'typebox'
import type { upEnvelope } from '../../protocol/envelope.ts'
import type { wire } from '../../protocol/wire.ts'

/** What a terminal sends. */
export type UpKind = {
  [K in keyof typeof wire]: (typeof wire)[K]['direction'] extends 'up' ? K : never
}[keyof typeof wire]

/** A body as its sender makes it: the line adds the envelope. */
export type Unstamped<K extends UpKind> = Omit<Static<(typeof wire)[K]['body']>, keyof typeof upEnvelope>

/** How a body is sent that is not sent as its topic says. */
export interface Sending {
  /** The fleet is to say that it has it (QoS 1). */
  readonly confirmed?: boolean
}

/** The line to the fleet, as those see it who send. */
export interface Line {
  /** Whether the fleet can be reached now. */
  readonly isUp: boolean
  /** Resolves when the line is up; rejects with the signal's reason. */
  up(signal: AbortSignal): Promise<void>
  /**
   * Sends one body with the guarantee of its topic; resolves when the fleet has it (QoS 1) or it was handed over
   * (QoS 0, unless it is to be `confirmed`). Rejects with `LineDown` when the line is down or was cut before that: then
   * it may or may not have arrived.
   */
  send<K extends UpKind>(kind: K, body: Unstamped<K>, how?: Sending): Promise<void>
}

/** The line is down, or was cut before the fleet acknowledged. */
export class LineDown extends Error {
  override readonly name = 'LineDown'
  constructor(options: { cause?: unknown } = {}) {
    super('The line to the fleet is down', options)
  }
}
