import { IppError } from './error.ts'
import type { IppAttributes, IppMessage, IppValue } from './message.ts'
import { collectionTags, endOfAttributes, groupTags } from './tags.ts'
import { encodeValue } from './value.ts'

/** The longest name and value that the wire's two signed bytes can count (RFC 8010 3.1.4). */
const maxLength = 0x7fff

/** Encodes a request or a response (RFC 8010 3.1). Throws `IppError` of kind `invalid`. */
export const encodeMessage = (message: IppMessage): Buffer => {
  const header = Buffer.alloc(8)
  header.writeUInt8(message.version[0], 0)
  header.writeUInt8(message.version[1], 1)
  header.writeUInt16BE(message.code, 2)
  header.writeInt32BE(message.requestId, 4)
  const parts: Buffer[] = [header]
  for (const group of message.groups) {
    parts.push(Buffer.from([groupTags[group.tag]]))
    for (const [name, values] of group.attributes) {
      if (name === '' || values.length === 0)
        throw new IppError('invalid', 'An attribute needs a name and a value')
      values.forEach((value, index) => {
        pushValue(parts, index === 0 ? name : '', value)
      })
    }
  }
  parts.push(Buffer.from([endOfAttributes]))
  return Buffer.concat(parts)
}

const pushValue = (parts: Buffer[], name: string, value: IppValue): void => {
  if (value.tag === 'collection') {
    pushField(parts, collectionTags.begin, name, Buffer.alloc(0))
    pushMembers(parts, value.value)
    pushField(parts, collectionTags.end, '', Buffer.alloc(0))
  } else {
    const [tag, bytes] = encodeValue(value)
    pushField(parts, tag, name, bytes)
  }
}

const pushMembers = (parts: Buffer[], members: IppAttributes): void => {
  for (const [name, values] of members) {
    pushField(parts, collectionTags.memberName, '', Buffer.from(name, 'latin1'))
    for (const value of values) pushValue(parts, '', value)
  }
}

const pushField = (parts: Buffer[], tag: number, name: string, value: Buffer): void => {
  const nameBytes = Buffer.from(name, 'latin1')
  if (nameBytes.length > maxLength || value.length > maxLength) {
    throw new IppError('invalid', 'A name or a value is too long for IPP')
  }
  const head = Buffer.alloc(3 + nameBytes.length + 2)
  head.writeUInt8(tag, 0)
  head.writeUInt16BE(nameBytes.length, 1)
  nameBytes.copy(head, 3)
  head.writeUInt16BE(value.length, 3 + nameBytes.length)
  parts.push(head, value)
}
