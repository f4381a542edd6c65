import { decodeDateTime, encodeDateTime } from './date-time.ts'
import { IppError } from './error.ts'
import type { IppValue } from './message.ts'
import { byNumber, outOfBandTags, stringTags, valueTags } from './tags.ts'

const strings = byNumber(stringTags)
const outOfBand = byNumber(outOfBandTags)
const structured = byNumber(valueTags)

/** Units of `resolution` (RFC 8011 5.1.16). */
const dotsPerInch = 3
const dotsPerCentimetre = 4

/**
 * Makes a value of its bytes; every tag but those of collections (RFC 8010 3.9). What is not UTF-8 in a text becomes
 * U+FFFD: a printer with an odd name shall still print.
 */
export const decodeValue = (tag: number, bytes: Buffer): IppValue => {
  const stringTag = strings.get(tag)
  if (stringTag) return { tag: stringTag, value: bytes.toString() }
  const outOfBandTag = outOfBand.get(tag)
  if (outOfBandTag) return { tag: outOfBandTag, value: null }
  const kind = structured.get(tag)
  switch (kind) {
    case 'integer':
    case 'enum':
      demand(bytes, 4, kind)
      return { tag: kind, value: bytes.readInt32BE(0) }
    case 'boolean':
      demand(bytes, 1, kind)
      if (bytes.readUInt8(0) > 1) throw new IppError('malformed', 'A boolean is neither 0 nor 1')
      return { tag: kind, value: bytes.readUInt8(0) === 1 }
    case 'octetString':
      return { tag: kind, value: Uint8Array.from(bytes) }
    case 'dateTime':
      demand(bytes, 11, kind)
      return { tag: kind, value: decodeDateTime(bytes) }
    case 'resolution':
      demand(bytes, 9, kind)
      return {
        tag: kind,
        value: { x: bytes.readInt32BE(0), y: bytes.readInt32BE(4), unit: resolutionUnit(bytes.readUInt8(8)) },
      }
    case 'rangeOfInteger':
      demand(bytes, 8, kind)
      return { tag: kind, value: { lower: bytes.readInt32BE(0), upper: bytes.readInt32BE(4) } }
    case 'textWithLanguage':
    case 'nameWithLanguage':
      return { tag: kind, value: decodeWithLanguage(bytes) }
    default:
      return { tag: 'unrecognised', code: tag, value: Uint8Array.from(bytes) }
  }
}

/** The tag and the bytes of a value; every value but a collection. */
export const encodeValue = (
  value: Exclude<IppValue, { tag: 'collection' }>,
): [tag: number, bytes: Buffer] => {
  if (value.tag === 'unrecognised') return [value.code, Buffer.from(value.value)]
  if (value.value === null && value.tag !== 'dateTime') return [outOfBandTags[value.tag], Buffer.alloc(0)]
  switch (value.tag) {
    case 'integer':
    case 'enum':
      return [valueTags[value.tag], int32(value.value)]
    case 'boolean':
      return [valueTags.boolean, Buffer.from([value.value ? 1 : 0])]
    case 'octetString':
      return [valueTags.octetString, Buffer.from(value.value)]
    case 'dateTime':
      return [valueTags.dateTime, encodeDateTime(value.value)]
    case 'resolution': {
      const unit = value.value.unit === 'dpi' ? dotsPerInch : dotsPerCentimetre
      return [
        valueTags.resolution,
        Buffer.concat([int32(value.value.x), int32(value.value.y), Buffer.from([unit])]),
      ]
    }
    case 'rangeOfInteger':
      return [valueTags.rangeOfInteger, Buffer.concat([int32(value.value.lower), int32(value.value.upper)])]
    case 'textWithLanguage':
    case 'nameWithLanguage':
      return [valueTags[value.tag], Buffer.concat([counted(value.value.language), counted(value.value.text)])]
    default:
      return [stringTags[value.tag], Buffer.from(value.value)]
  }
}

/** A field of two bytes' length and the text itself. */
const counted = (content: string): Buffer => {
  const bytes = Buffer.from(content)
  if (bytes.length > 0x7fff) throw new IppError('invalid', 'A text is too long for IPP')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const int32 = (value: number): Buffer => {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 31) {
    throw new IppError('invalid', 'A number does not fit an IPP integer')
  }
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const demand = (bytes: Uint8Array, length: number, kind: string): void => {
  if (bytes.byteLength !== length) {
    throw new IppError('malformed', `A value of syntax ${kind} has ${bytes.byteLength} bytes`)
  }
}

const resolutionUnit = (unit: number): 'dpi' | 'dpcm' => {
  if (unit === dotsPerInch) return 'dpi'
  if (unit === dotsPerCentimetre) return 'dpcm'
  throw new IppError('malformed', 'A resolution has an unknown unit')
}

const decodeWithLanguage = (bytes: Buffer): { language: string; text: string } => {
  const languageLength = bytes.byteLength >= 2 ? bytes.readUInt16BE(0) : Number.POSITIVE_INFINITY
  const textLengthAt = 2 + languageLength
  const textAt = textLengthAt + 2
  if (textAt > bytes.byteLength || textAt + bytes.readUInt16BE(textLengthAt) !== bytes.byteLength) {
    throw new IppError('malformed', 'The parts of a text with language do not fill their value')
  }
  return {
    language: bytes.toString('utf8', 2, textLengthAt),
    text: bytes.toString('utf8', textAt),
  }
}
