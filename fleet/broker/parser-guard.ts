import { isUtf8 } from 'node:buffer'
import type { Client } from 'aedes'

/** The largest packet in bytes (the remaining length of MQTT 3.1.1 2.2.3), before and after a client is let in. */
export interface PacketLimits {
  readonly before: number
  readonly after: number
}

/** What is used of the inside of an aedes 1.2.0 client and of its parser, mqtt-packet 9.0.2. */
interface Inside {
  readonly _authorized: boolean
  readonly _parser: {
    readonly packet: { readonly length: number }
    readonly _list: { readonly length: number; slice(from: number, to: number): Buffer }
    _pos: number
    _parseLength(): boolean
    _parseString(): string | null
    _parseNum(): number
    _emitError(error: Error): void
  }
}

const hasInside = (client: Client): boolean => {
  const parser: unknown = Reflect.get(client, '_parser')
  return (
    typeof parser === 'object' &&
    parser !== null &&
    ['_parseLength', '_parseString', '_parseNum', '_emitError'].every(
      (name) => typeof Reflect.get(parser, name) === 'function',
    ) &&
    typeof Reflect.get(client, '_authorized') === 'boolean'
  )
}

/**
 * Makes a client's parser strict where aedes leaves it open: a packet that is too large is refused by its header,
 * before its bytes are gathered; so is a text that is no UTF-8 or holds U+0000 (MQTT 3.1.1 1.5.3). Each closes the
 * connection. Throws when the inside of the client is not as it was measured.
 */
export const guardParser = (client: Client, limits: PacketLimits): void => {
  if (!hasInside(client)) throw new Error('The guards do not fit this version of aedes')
  const { _parser: parser } = client as unknown as Inside
  const inside = client as unknown as Inside
  const parseLength = parser._parseLength

  parser._parseLength = () => {
    const known = parseLength.call(parser)
    if (!known) return known
    if (parser.packet.length > (inside._authorized ? limits.after : limits.before)) {
      parser._emitError(new Error('packet too large'))
    }
    return known
  }

  parser._parseString = () => {
    const length = parser._parseNum()
    const end = parser._pos + length
    if (length === -1 || end > parser._list.length || end > parser.packet.length) return null
    const bytes = parser._list.slice(parser._pos, end)
    parser._pos = end
    return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : null
  }
}
