import type { DeviceDescription } from '../../protocol/device-description.ts'
import type { MfpMatch, MfpProfile, PrintWay, ScanWay } from '../../protocol/firmware-profile.ts'
import { modelPattern } from '../../protocol/model-pattern.ts'

const slugPart = (text: string, most: number, instead: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, most)
    .replace(/-+$/, '') || instead

const isPattern = new RegExp(modelPattern)

/** Names as patterns: without characters that mean something in one, and not so short that they mean nothing. */
const patterns = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.replaceAll('*', ' ').replace(/\s+/g, ' ').trim()))]
    .filter((name) => isPattern.test(name))
    .slice(0, 20)

const printerIds = ({ usb }: DeviceDescription): string[] =>
  usb
    .filter(({ interfaces }) => interfaces.some((one) => one.startsWith('07/') || one.startsWith('06/')))
    .map(({ id }) => id)
    .slice(0, 20)

const matchOf = (description: DeviceDescription): MfpMatch => {
  const { escl, ipp, announced } = description
  const signs = {
    usb: [...new Set(printerIds(description))],
    ipp: patterns(ipp.filter(({ over }) => over !== 'queue').map(({ makeAndModel }) => makeAndModel)),
    mdns: patterns(announced.map(({ type }) => type)),
    escl: patterns(escl.map(({ makeAndModel }) => makeAndModel)),
  }
  return Object.fromEntries(Object.entries(signs).filter(([, list]) => list.length > 0))
}

const scanWays = ({ escl, usb }: DeviceDescription): ScanWay[] => {
  const found = [...new Set(escl.map(({ over }) => over))].map((over): ScanWay => ({ way: 'escl', over }))
  return found.length > 0 || usb.length === 0 ? found : [{ way: 'sane' }]
}

const formatsKnown = [
  'application/pdf',
  'image/jpeg',
  'image/pwg-raster',
  'image/urf',
  'application/PCLm',
] as const

const printOf = ({ ipp }: DeviceDescription): MfpProfile['print'] => {
  const direct = ipp.filter(({ over }) => over !== 'queue')
  const [first] = direct
  if (!first) return undefined
  const {
    'document-format-supported': said = [],
    'color-supported': colour,
    'sides-supported': sides,
  } = first.attributes
  const formats = formatsKnown.filter((format) => said.includes(format))
  const ways = [...new Set(direct.map(({ over }) => over))].map(
    (over): PrintWay => ({ way: 'ipp', over: over === 'ipp-usb' ? 'ipp-usb' : 'network' }),
  )
  return {
    ways,
    ...(formats.length > 0 ? { formats } : {}),
    ...(colour ? { colour: colour[0] === true } : {}),
    ...(sides ? { duplex: sides.length > 1 } : {}),
  }
}

/**
 * The draft of a profile for devices that no profile knows: what they said of themselves, for people to name, to check
 * and to complete.
 */
export const draftOf = (description: DeviceDescription): MfpProfile => {
  const { escl, ipp, usb } = description
  const printer = usb.find(({ id }) => printerIds(description).includes(id))
  const name =
    [escl[0]?.makeAndModel, ipp[0]?.makeAndModel, `${printer?.manufacturer ?? ''} ${printer?.product ?? ''}`]
      .map((one) => one?.trim())
      .find((one) => one) ?? 'Unknown model'
  const [vendor = '', ...model] = name.split(' ')
  const print = printOf(description)
  return {
    slug: `${slugPart(vendor, 30, 'unknown')}/${slugPart(model.join(' '), 50, 'model')}`,
    name: name.slice(0, 100),
    match: matchOf(description),
    proof: 'sample',
    scan: { ways: scanWays(description) },
    ...(print ? { print } : {}),
    supplies: print ? 'ipp' : 'none',
    quirks: [],
    timeouts: {},
    recovery: [
      { step: 'wait' },
      { step: 'check-cable' },
      { step: 'power-cycle' },
      { step: 'call-technician' },
    ],
    notes: [],
    sources: ['What a device in use said of itself'],
  }
}
