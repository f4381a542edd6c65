import { createHash } from 'node:crypto'
import { canonical } from '../../protocol/canonical.ts'
import type { Surroundings } from './surroundings.ts'

/** A description of devices that no profile knows, as it goes to the fleet. */
export interface CapturedDescription {
  /** Of its canonical text. */
  readonly sha256: string
  readonly text: string
}

/** The largest description, in bytes; what goes beyond it is left out from the end. */
export const maxDescriptionBytes = 128 * 1024

const pathOf = (url: string): string => {
  const { port, pathname } = URL.parse(url) ?? { port: '', pathname: '/' }
  return `:${port}${pathname}`
}

/**
 * What the fleet needs to make a profile of these devices. Holds no serial numbers, names of people, places or
 * addresses: the drivers did not ask for them, and hosts are left out here.
 */
export const capture = ({ dmi, usb, escl, ipp, announced }: Surroundings): CapturedDescription => {
  const parts = {
    v: 1,
    dmi,
    usb: [...usb],
    escl: escl.map(({ url, over, makeAndModel, document }) => ({
      at: pathOf(url),
      over,
      makeAndModel,
      document,
    })),
    ipp: ipp.map(({ uri, over, makeAndModel, attributes }) => ({
      at: pathOf(uri),
      over,
      makeAndModel,
      attributes,
    })),
    announced: announced.map(({ service, port, type, path }) => ({ service, port, type, path })),
  }
  let text = canonical(parts)
  while (Buffer.byteLength(text) > maxDescriptionBytes) {
    const longest = [parts.announced, parts.ipp, parts.escl, parts.usb].find((list) => list.length > 1)
    if (longest) longest.pop()
    else parts.escl = parts.escl.map((answer) => ({ ...answer, document: '' }))
    const shorter = canonical(parts)
    if (shorter.length === text.length) break
    text = shorter
  }
  return { sha256: createHash('sha256').update(text).digest('hex'), text }
}
