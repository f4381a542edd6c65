import { createHash } from 'node:crypto'
import { canonical } from '../../protocol/canonical.ts'
import { type DeviceDescription, maxDescriptionBytes } from '../../protocol/device-description.ts'
import type { Surroundings } from './surroundings.ts'

/** A description of devices that no profile knows, as it goes to the fleet. */
export interface CapturedDescription {
  /** Of its canonical text. */
  readonly sha256: string
  readonly text: string
}

const pathOf = (url: string): string => {
  const { port, pathname } = URL.parse(url) ?? { port: '', pathname: '/' }
  return `:${port}${pathname}`.slice(0, 80)
}

/**
 * What the fleet needs to make a profile of these devices; what does not fit is left out from the end. Holds no serial numbers, names of people, places or
 * addresses: the drivers did not ask for them, and hosts are left out here.
 */
export const capture = ({ dmi, usb, escl, ipp, announced }: Surroundings): CapturedDescription => {
  const parts: DeviceDescription = {
    v: 1,
    dmi,
    usb: usb.map(({ interfaces, ...device }) => ({ ...device, interfaces: [...interfaces] })),
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
      attributes: Object.fromEntries(Object.entries(attributes).map(([name, all]) => [name, [...all]])),
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
