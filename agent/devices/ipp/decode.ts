import { IppError } from './error.ts'
import {
  type IppAttributes,
  type IppGroup,
  type IppLimits,
  type IppMessage,
  type IppValue,
  usualLimits,
} from './message.ts'
import { createReader, type Reader } from './reader.ts'
import { byNumber, collectionTags, endOfAttributes, groupTags } from './tags.ts'
import { decodeValue } from './value.ts'

const groups = byNumber(groupTags)

/** A message and where the document after it begins. */
export interface DecodedMessage {
  readonly message: IppMessage
  readonly documentOffset: number
}

/**
 * Decodes a request or a response (RFC 8010 3.1), strictly and within limits. Throws `IppError` of kind `malformed`
 * or `limit`, nothing else. INVARIANT: each round of each loop reads at least one byte or throws, so the time is
 * bounded by the size; memory is bounded by the limits.
 */
export const decodeMessage = (data: Uint8Array, limits: IppLimits = usualLimits): DecodedMessage => {
  if (data.byteLength > limits.bytes) throw tooMuch('bytes', limits.bytes)
  const reader = createReader(data)
  const version = [reader.byte(), reader.byte()] as const
  if (version[0] < 1 || version[0] > 2) throw new IppError('malformed', 'This is not IPP version 1 or 2')
  const code = reader.short()
  const requestId = reader.int()
  const found: IppGroup[] = []
  const budget = createBudget(limits)
  let tag = reader.byte()
  while (tag !== endOfAttributes) {
    const group = groups.get(tag)
    if (group === undefined) throw new IppError('malformed', 'An attribute stands where a group begins')
    budget.attribute()
    const read = readGroup(reader, budget)
    found.push({ tag: group, attributes: read.attributes })
    tag = read.next
  }
  return { message: { version, code, requestId, groups: found }, documentOffset: reader.offset }
}

/** The attributes up to the next delimiter, and that delimiter. */
const readGroup = (reader: Reader, budget: Budget): { attributes: IppAttributes; next: number } => {
  const attributes = new Map<string, IppValue[]>()
  let values: IppValue[] | undefined
  for (;;) {
    const tag = reader.byte()
    if (tag < 0x10) return { attributes, next: tag }
    const name = readName(reader, budget)
    if (name !== '') {
      values = []
      budget.attribute()
      // RFC 8011 4.1.3: a name stands once in a group. The first one holds.
      if (!attributes.has(name)) attributes.set(name, values)
    }
    if (values === undefined) throw new IppError('malformed', 'A further value stands before any attribute')
    values.push(readValue(tag, reader, budget, 0))
  }
}

/** One value whose tag and name have been read. */
const readValue = (tag: number, reader: Reader, budget: Budget, depth: number): IppValue => {
  budget.value()
  const bytes = reader.bytes(budget.valueLength(reader.short()))
  if (tag === collectionTags.end || tag === collectionTags.memberName) {
    throw new IppError('malformed', 'A part of a collection stands outside of one')
  }
  if (tag !== collectionTags.begin) return decodeValue(tag, bytes)
  if (bytes.byteLength > 0) throw new IppError('malformed', 'A collection begins with a value')
  return { tag: 'collection', value: readCollection(reader, budget, budget.depth(depth + 1)) }
}

/** The members of a collection up to its end (RFC 8010 3.1.6, 3.1.7). */
const readCollection = (reader: Reader, budget: Budget, depth: number): IppAttributes => {
  const members = new Map<string, IppValue[]>()
  let values: IppValue[] | undefined
  for (;;) {
    const tag = reader.byte()
    if (readName(reader, budget) !== '') throw new IppError('malformed', 'A part of a collection has a name')
    if (values?.length === 0 && (tag === collectionTags.end || tag === collectionTags.memberName)) {
      throw new IppError('malformed', 'A member of a collection has no value')
    }
    if (tag === collectionTags.end) {
      if (reader.short() !== 0) throw new IppError('malformed', 'A collection ends with a value')
      return members
    }
    if (tag === collectionTags.memberName) {
      budget.attribute()
      const name = decodeName(reader.bytes(budget.nameLength(reader.short())))
      if (name === '') throw new IppError('malformed', 'A member of a collection has no name')
      values = []
      if (!members.has(name)) members.set(name, values)
      continue
    }
    if (tag < 0x10) throw new IppError('malformed', 'A group begins within a collection')
    if (values === undefined) throw new IppError('malformed', 'A collection begins without a member')
    values.push(readValue(tag, reader, budget, depth))
  }
}

const readName = (reader: Reader, budget: Budget): string => {
  const length = budget.nameLength(reader.short())
  return length === 0 ? '' : decodeName(reader.bytes(length))
}

/** Names are US-ASCII (RFC 8010 3.2). */
const printable = /^[\x21-\x7e]*$/

const decodeName = (bytes: Buffer): string => {
  const name = bytes.toString('latin1')
  if (!printable.test(name)) throw new IppError('malformed', 'A name has a character that no name has')
  return name
}

const tooMuch = (what: string, limit: number): IppError =>
  new IppError('limit', `The message has more than ${limit} ${what}`)

/** Counts what a message has cost so far and throws when it is too much. */
const createBudget = (limits: IppLimits) => {
  let attributes = 0
  let values = 0
  return {
    attribute(): void {
      if (++attributes > limits.attributes) throw tooMuch('attributes', limits.attributes)
    },
    value(): void {
      if (++values > limits.values) throw tooMuch('values', limits.values)
    },
    depth(depth: number): number {
      if (depth > limits.depth) throw tooMuch('collections within each other', limits.depth)
      return depth
    },
    nameLength(length: number): number {
      if (length > limits.nameBytes) throw tooMuch('bytes in a name', limits.nameBytes)
      return length
    },
    valueLength(length: number): number {
      if (length > limits.valueBytes) throw tooMuch('bytes in a value', limits.valueBytes)
      return length
    },
  }
}
type Budget = ReturnType<typeof createBudget>
