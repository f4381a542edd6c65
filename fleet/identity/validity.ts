import type { Validity } from './certificates.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** For so long, from an hour ago, so that a clock that is a little slow does not matter. */
export const validFor = (now: number, days: number): Validity => ({
  from: new Date(now - hourMs),
  until: new Date(now + days * dayMs),
})

/** Twenty years: a root or a device authority outlives every terminal that trusts it. */
export const longLife = (now: number): Validity => validFor(now, 20 * 365)

/** How long a terminal's certificate is valid, in days. */
export const terminalDays = 30

/** How long the certificate of the terminals' door is valid, and how much of it is left when it is made anew, in days. */
export const serverDays = { whole: 90, left: 30 }

/** How long after its end a certificate may still be renewed, in milliseconds: a shop that is closed for a season. */
export const renewalGraceMs = 90 * dayMs
