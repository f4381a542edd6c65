import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../link/clock.ts'
import type { Outbox } from '../../link/outbox.ts'
import { numbersOf, type Reader } from './reader.ts'

/** What is told of the line to the fleet. */
export interface LinkParts {
  /** How long the fleet took to answer the newest ping, in seconds. */
  readonly roundTrip: () => number | undefined
  readonly clock: Pick<Clock, 'now' | 'heard'>
  /** The machine's own clock, in milliseconds since 1970. */
  readonly wall?: () => number
  readonly outbox: Pick<Outbox, 'waiting'>
  /** The certificate that is shown to the fleet, PEM. */
  readonly certificate: () => string | undefined
}

/** The line to the fleet: its round trip, the machine's clock against the fleet's, what waits, what is shown. */
export const linkReader = (parts: LinkParts): Reader => {
  const { roundTrip, clock, wall = Date.now, outbox, certificate } = parts
  let known = { text: '', ends: Number.NaN }
  const ends = (): number => {
    const text = certificate() ?? ''
    if (text !== known.text) {
      known = { text, ends: text === '' ? Number.NaN : new X509Certificate(text).validToDate.getTime() }
    }
    return known.ends
  }
  return {
    name: 'link',
    async read() {
      return numbersOf({
        network_rtt: roundTrip(),
        clock_offset: clock.heard ? (wall() - clock.now()) / 1000 : undefined,
        outbox: outbox.waiting,
        certificate: (ends() - clock.now()) / 1000,
      })
    },
  }
}
