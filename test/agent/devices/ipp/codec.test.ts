import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  boolean,
  decodeMessage,
  encodeMessage,
  IppError,
  type IppErrorKind,
  type IppLimits,
  type IppMessage,
  type IppValue,
  integers,
  octets,
  resolutions,
  statusName,
  strings,
  usualLimits,
} from '../../../../agent/devices/ipp/ipp.ts'

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

/** One attribute on the wire: tag, counted name, counted value. */
const field = (tag: number, name: string, value: string | readonly number[]): Buffer => {
  const content = bytes(value)
  return bytes(
    [tag, name.length >> 8, name.length & 255],
    name,
    [content.length >> 8, content.length & 255],
    [...content],
  )
}

const head = [2, 0, 0, 0, 0, 0, 0, 1]
const message = (...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([bytes(head, [0x04]), ...fields, bytes([0x03])])

const refuses = (data: Uint8Array, kind: IppErrorKind, limits?: Partial<IppLimits>): void => {
  try {
    decodeMessage(data, { ...usualLimits, ...limits })
  } catch (error) {
    assert.instance(error, IppError)
    assert.is((error as IppError).kind, kind)
    return
  }
  assert.unreachable('the message was taken')
}

/** RFC 8010 A.1, byte for byte, without its document. */
const printJobRequest = Buffer.concat([
  bytes([0x01, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x01]),
  bytes([0x47, 0x00, 0x12], 'attributes-charset', [0x00, 0x05], 'utf-8'),
  bytes([0x48, 0x00, 0x1b], 'attributes-natural-language', [0x00, 0x05], 'en-us'),
  bytes([0x45, 0x00, 0x0b], 'printer-uri', [0x00, 0x2c], 'ipp://printer.example.com/ipp/print/pinetree'),
  bytes([0x42, 0x00, 0x08], 'job-name', [0x00, 0x06], 'foobar'),
  bytes([0x22, 0x00, 0x16], 'ipp-attribute-fidelity', [0x00, 0x01, 0x01]),
  bytes([0x02]),
  bytes([0x21, 0x00, 0x06], 'copies', [0x00, 0x04, 0x00, 0x00, 0x00, 0x14]),
  bytes([0x44, 0x00, 0x05], 'sides', [0x00, 0x13], 'two-sided-long-edge'),
  bytes([0x03]),
])

const codec = suite('IPP messages')

codec('read the Print-Job request of RFC 8010 and write the same bytes again', () => {
  const document = Buffer.from('%!PDF')
  const decoded = decodeMessage(Buffer.concat([printJobRequest, document]))
  assert.is(decoded.documentOffset, printJobRequest.length)
  assert.equal(decoded.message.version, [1, 1])
  assert.is(decoded.message.code, 2)
  assert.is(decoded.message.requestId, 1)
  const [operation, job] = decoded.message.groups
  assert.is(operation?.tag, 'operation')
  assert.equal(strings(operation?.attributes ?? new Map(), 'printer-uri'), [
    'ipp://printer.example.com/ipp/print/pinetree',
  ])
  assert.is(boolean(operation?.attributes ?? new Map(), 'ipp-attribute-fidelity'), true)
  assert.is(job?.tag, 'job')
  assert.equal(integers(job?.attributes ?? new Map(), 'copies'), [20])
  assert.equal(encodeMessage(decoded.message), printJobRequest)
})

codec('read a collection and the further values of a set (RFC 8010 3.1.6)', () => {
  const data = message(
    field(0x34, 'media-col', ''),
    field(0x4a, '', 'media-size'),
    field(0x34, '', ''),
    field(0x4a, '', 'x-dimension'),
    field(0x21, '', [0, 0, 0x52, 0x08]),
    field(0x37, '', ''),
    field(0x4a, '', 'media-color'),
    field(0x44, '', 'blue'),
    field(0x44, '', 'white'),
    field(0x37, '', ''),
    field(0x34, '', ''),
    field(0x37, '', ''),
    field(0x44, 'sides-supported', 'one-sided'),
    field(0x44, '', 'two-sided-long-edge'),
  )
  const { message: read } = decodeMessage(data)
  const attributes = read.groups[0]?.attributes ?? new Map()
  assert.is(attributes.get('media-col')?.length, 2)
  const first = attributes.get('media-col')?.[0]
  assert.is(first?.tag, 'collection')
  const members = first?.value as ReadonlyMap<string, readonly IppValue[]>
  const size = members.get('media-size')?.[0]?.value as ReadonlyMap<string, readonly IppValue[]>
  assert.equal(integers(size, 'x-dimension'), [21000])
  assert.equal(strings(members, 'media-color'), ['blue', 'white'])
  assert.equal(strings(attributes, 'sides-supported'), ['one-sided', 'two-sided-long-edge'])
  assert.equal(encodeMessage(read), data)
})

codec('carry every syntax there and back', () => {
  const values: readonly IppValue[] = [
    { tag: 'integer', value: -2 },
    { tag: 'enum', value: 5 },
    { tag: 'boolean', value: false },
    { tag: 'octetString', value: new Uint8Array([0, 255]) },
    { tag: 'dateTime', value: new Date(Date.UTC(2026, 1, 28, 23, 59, 59, 900)) },
    { tag: 'dateTime', value: null },
    { tag: 'resolution', value: { x: 600, y: 300, unit: 'dpi' } },
    { tag: 'resolution', value: { x: 118, y: 118, unit: 'dpcm' } },
    { tag: 'rangeOfInteger', value: { lower: 1, upper: 99 } },
    { tag: 'textWithLanguage', value: { language: 'tt', text: 'кәгазь' } },
    { tag: 'nameWithLanguage', value: { language: 'ru', text: 'лоток' } },
    { tag: 'textWithoutLanguage', value: 'бумага' },
    { tag: 'nameWithoutLanguage', value: '' },
    { tag: 'keyword', value: 'iso_a4_210x297mm' },
    { tag: 'uri', value: 'ipp://localhost/ipp/print' },
    { tag: 'uriScheme', value: 'ipp' },
    { tag: 'charset', value: 'utf-8' },
    { tag: 'naturalLanguage', value: 'tt' },
    { tag: 'mimeMediaType', value: 'application/pdf' },
    { tag: 'unsupported', value: null },
    { tag: 'default', value: null },
    { tag: 'unknown', value: null },
    { tag: 'no-value', value: null },
    { tag: 'not-settable', value: null },
    { tag: 'delete-attribute', value: null },
    { tag: 'admin-define', value: null },
    { tag: 'collection', value: new Map([['a', [{ tag: 'integer', value: 1 }]]]) },
    { tag: 'unrecognised', code: 0x7f, value: new Uint8Array([0x40, 0, 0, 1]) },
  ]
  const sent: IppMessage = {
    version: [2, 0],
    code: 0,
    requestId: 2 ** 31 - 1,
    groups: [
      { tag: 'operation', attributes: new Map([['all', values]]) },
      { tag: 'job', attributes: new Map() },
      { tag: 'job', attributes: new Map() },
    ],
  }
  const encoded = encodeMessage(sent)
  const received = decodeMessage(encoded).message
  assert.equal(encodeMessage(received), encoded)
  assert.equal(
    received.groups.map(({ tag }) => tag),
    ['operation', 'job', 'job'],
  )
  const plain = (value: IppValue) =>
    value.value instanceof Uint8Array ? { ...value, value: [...value.value] } : value
  assert.equal(received.groups[0]?.attributes.get('all')?.map(plain), values.map(plain))
})

codec('move a time to universal time', () => {
  const time = (...of: number[]) => decodeMessage(message(field(0x31, 't', of)))
  const value = (...of: number[]) => time(...of).message.groups[0]?.attributes.get('t')?.[0]?.value
  assert.equal(
    value(0x07, 0xea, 3, 1, 1, 30, 0, 5, 0x2b, 3, 0),
    new Date(Date.UTC(2026, 1, 28, 22, 30, 0, 500)),
  )
  assert.equal(
    value(0x07, 0xea, 3, 1, 1, 30, 0, 5, 0x2d, 3, 30),
    new Date(Date.UTC(2026, 2, 1, 5, 0, 0, 500)),
  )
  for (const impossible of [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x07, 0xea, 2, 30, 1, 1, 1, 1, 0x2b, 0, 0],
    [0x07, 0xea, 2, 3, 24, 1, 1, 1, 0x2b, 0, 0],
  ]) {
    assert.is(value(...impossible), null)
  }
})

codec('keep the first of two attributes of one name, whatever the name', () => {
  const data = message(
    field(0x21, '__proto__', [0, 0, 0, 1]),
    field(0x21, '__proto__', [0, 0, 0, 2]),
    field(0x21, '', [0, 0, 0, 3]),
  )
  const attributes = decodeMessage(data).message.groups[0]?.attributes ?? new Map()
  assert.equal(integers(attributes, '__proto__'), [1])
})

codec('of a real printer are read whole', () => {
  const reply = readFileSync('test/fixtures/ipp/printer-attributes.ipp')
  const { message: read, documentOffset } = decodeMessage(reply)
  assert.is(documentOffset, reply.length)
  const printer = read.groups.find(({ tag }) => tag === 'printer')?.attributes ?? new Map()
  assert.ok(printer.size > 90)
  assert.is(octets(printer, 'printer-supply').length, 5)
  assert.match(octets(printer, 'printer-supply')[1] ?? '', /level=75;colorantname=black/)
  assert.equal(resolutions(printer, 'printer-resolution-supported'), [{ x: 600, y: 600, unit: 'dpi' }])
  assert.equal(encodeMessage(read), reply)
})

codec('of a real CUPS queue, a job and a refusal are read whole', () => {
  for (const name of ['queue-attributes', 'job-attributes', 'print-job', 'print-job-busy']) {
    const reply = readFileSync(`test/fixtures/ipp/${name}.ipp`)
    assert.equal(encodeMessage(decodeMessage(reply).message), reply, name)
  }
  const refused = decodeMessage(readFileSync('test/fixtures/ipp/print-job-busy.ipp')).message
  assert.is(statusName(refused.code), 'server-error-busy')
  assert.is(statusName(0x04ff), '0x04ff')
})

const strict = suite('the reader of IPP refuses')

strict('every truncation of a real reply', () => {
  const reply = readFileSync('test/fixtures/ipp/printer-attributes.ipp')
  for (let length = 0; length < reply.length; length++) refuses(reply.subarray(0, length), 'malformed')
})

const malformed: Record<string, Buffer> = {
  'another version': bytes([3, 0, 0, 0, 0, 0, 0, 1, 3]),
  'an attribute before any group': bytes(head, [...field(0x21, 'copies', [0, 0, 0, 1])], [3]),
  'a group of an unknown kind': bytes(head, [0x0f, 3]),
  'a further value before any attribute': message(field(0x21, '', [0, 0, 0, 1])),
  'an integer of three bytes': message(field(0x21, 'copies', [0, 0, 1])),
  'a boolean of two': message(field(0x22, 'a', [2])),
  'a resolution without a known unit': message(field(0x32, 'a', [0, 0, 0, 1, 0, 0, 0, 1, 9])),
  'a range of one number': message(field(0x33, 'a', [0, 0, 0, 1])),
  'a time of ten bytes': message(field(0x31, 'a', [7, 226, 1, 1, 1, 1, 1, 1, 43, 0])),
  'a text with language that overruns': message(field(0x35, 'a', [0, 2, 0x74, 0x74, 0, 9, 0x61])),
  'a text with language that underruns': message(field(0x35, 'a', [0, 1, 0x74, 0, 0, 0x61])),
  'a text with language of one byte': message(field(0x36, 'a', [0])),
  'a name with a space': message(field(0x21, 'two words', [0, 0, 0, 1])),
  'a collection with a value': message(field(0x34, 'a', 'x'), field(0x37, '', '')),
  'a collection that ends with a value': message(field(0x34, 'a', ''), field(0x37, '', 'x')),
  'a collection without a member': message(field(0x34, 'a', ''), field(0x21, '', [0, 0, 0, 1])),
  'a member without a name': message(field(0x34, 'a', ''), field(0x4a, '', ''), field(0x37, '', '')),
  'a member without a value': message(field(0x34, 'a', ''), field(0x4a, '', 'm'), field(0x37, '', '')),
  'a named part of a collection': message(field(0x34, 'a', ''), field(0x21, 'b', [0, 0, 0, 1])),
  'a group within a collection': message(field(0x34, 'a', ''), bytes([0x02, 0, 0])),
  'the end of a collection outside of one': message(field(0x37, 'a', '')),
  'a member outside of a collection': message(field(0x4a, 'a', 'b')),
}
for (const [what, data] of Object.entries(malformed)) strict(what, () => refuses(data, 'malformed'))

const one = field(0x21, 'a', [0, 0, 0, 1])
const further = field(0x21, '', [0, 0, 0, 1])
const nested = (depth: number): Buffer =>
  message(
    field(0x34, 'a', ''),
    ...Array.from({ length: depth - 1 }, () => [field(0x4a, '', 'm'), field(0x34, '', '')]).flat(),
    ...Array.from({ length: depth }, () => field(0x37, '', '')),
  )

strict('what is over a limit, and takes what is just within', () => {
  const cases: readonly (readonly [Partial<IppLimits>, Buffer, Buffer])[] = [
    [{ bytes: message(one).length }, message(one), message(one, further)],
    [{ values: 2 }, message(one, further), message(one, further, further)],
    [{ attributes: 3 }, message(one, one), message(one, one, one)],
    [{ depth: 3 }, nested(3), nested(4)],
    [{ nameBytes: 1 }, message(one), message(field(0x21, 'ab', [0, 0, 0, 1]))],
    [{ valueBytes: 4 }, message(one), message(field(0x41, 'a', 'abcde'))],
  ]
  for (const [limits, within, over] of cases) {
    decodeMessage(within, { ...usualLimits, ...limits })
    refuses(over, 'limit', limits)
  }
})

const writer = suite('the writer of IPP refuses')

const write = (name: string, values: readonly IppValue[]) => () =>
  encodeMessage({
    version: [2, 0],
    code: 0,
    requestId: 1,
    groups: [{ tag: 'job', attributes: new Map([[name, values]]) }],
  })
const invalid = (error: unknown): boolean => error instanceof IppError && error.kind === 'invalid'

writer('what the wire cannot carry', () => {
  assert.throws(write('', [{ tag: 'integer', value: 1 }]), invalid)
  assert.throws(write('copies', []), invalid)
  assert.throws(write('copies', [{ tag: 'integer', value: 2 ** 31 }]), invalid)
  assert.throws(write('copies', [{ tag: 'integer', value: 1.5 }]), invalid)
  assert.throws(write('a', [{ tag: 'textWithoutLanguage', value: 'x'.repeat(0x8000) }]), invalid)
  assert.throws(
    write('a', [{ tag: 'textWithLanguage', value: { language: 'en', text: 'x'.repeat(0x8000) } }]),
    invalid,
  )
})

codec.run()
strict.run()
writer.run()
