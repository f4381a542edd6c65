import { EventEmitter, once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { availabilityCsv, availabilityJson } from '../../../fleet/api/availability-text.ts'
import { bytesOf, LongText } from '../../../fleet/api/long-answer.ts'
import type { GroupRows } from '../../../fleet/availability/rows.ts'

const longText = suite('a long text')

/** The whole text, of an answer that stays open. */
const textOf = (long: LongText): Promise<string> => text(long.end(new EventEmitter()))

longText('is whole, however its pieces lie across its chunks', async () => {
  const pieces = [10, 65_530, 7, 200_000, 0, 65_536, 1].map((length, n) => String(n).repeat(length))
  const long = new LongText()
  for (const [n, piece] of pieces.entries()) {
    if (n % 2 === 0) long.add(Buffer.from(piece))
    else long.addBytes(piece)
  }
  assert.ok((await textOf(long)) === pieces.join(''))
})

longText('may have nothing in it', async () => {
  assert.is(await textOf(new LongText()), '')
})

longText('takes letters of any language as bytes', async () => {
  const long = new LongText()
  long.addBytes(bytesOf('Әтнә, "Арча" 🙂'))
  assert.is(await textOf(long), 'Әтнә, "Арча" 🙂')
})

longText('lets the next ones have its chunks once its answer is closed, and not before', async () => {
  const write = (letter: string, answer: EventEmitter) => {
    const long = new LongText()
    for (let n = 0; n < 5; n++) long.addBytes(letter.repeat(50_000))
    return long.end(answer)
  }
  const answers = Array.from({ length: 3 }, () => new EventEmitter())
  const [first, second, third] = answers.map((answer, n) => write(String(n), answer))
  if (!first || !second || !third) throw new Error('There are three')
  const chunks: Buffer[] = await first.toArray()
  answers[0]?.emit('close')
  const next = write('n', new EventEmitter())
  for (const [letter, stream] of [
    ['1', second],
    ['2', third],
    ['n', next],
  ] as const) {
    assert.ok((await buffer(stream)).equals(Buffer.alloc(250_000, letter)))
  }
  assert.ok(chunks.every((chunk) => chunk.every((letter) => letter === 'n'.charCodeAt(0))))
})

longText('reaches who reads slowly as it was, and who went away costs nobody', async () => {
  const bytes = 16_000_000
  const server = createServer((request, response) => {
    const long = new LongText()
    const piece = Buffer.alloc(50_000, request.url?.at(-1))
    for (let n = 0; n < bytes; n += piece.length) long.add(piece)
    long.end(response).pipe(response)
  }).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ask = async (letter: string): Promise<IncomingMessage> => {
      const [response] = await once(
        get({ port, host: '127.0.0.1', path: `/${letter}`, agent: false }),
        'response',
      )
      return response
    }
    const isWhole = async (letter: string, response: IncomingMessage) =>
      (await buffer(response)).equals(Buffer.alloc(bytes, letter))
    const slow = await ask('s')
    const gone = await ask('g')
    gone.destroy()
    for (const letter of ['a', 'b']) assert.ok(await isWhole(letter, await ask(letter)))
    assert.ok(await isWhole('s', slow))
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

const answer = suite('the text of availability')

const usual = { open: 32_400_000, maintenance: 0, up: 32_400_000 }
const days = ['2026-11-01', '2026-11-02'].map((period) => ({ capability: 'all', period }))
const groups: GroupRows[] = ['Арча', 'a "quoted" \\ name', ''].map((village, n) => ({
  head: { key: `t${n}`, village, district: 'Арский' },
  rows: [
    ...days.map((label) => ({ label, count: usual })),
    { label: { capability: 'scanner' }, count: { open: 3000, maintenance: 1000, up: 500 } },
    { label: { capability: 'printer' }, count: { open: 0, maintenance: 0, up: 0 } },
  ],
}))
const empty: GroupRows = { head: { key: 't9' }, rows: [] }
const whole = { openSeconds: 32_400, maintenanceSeconds: 0, upSeconds: 32_400, share: 1 }

answer('is JSON in which every row says all of itself', async () => {
  const json = availabilityJson()
  for (const group of [empty, ...groups, empty]) json.add(group)
  const { rows, ...rest } = JSON.parse(await textOf(json.end({ from: 1, until: 2 })))
  assert.equal(rest, { from: 1, until: 2 })
  assert.equal(
    rows,
    groups.flatMap(({ head }) => [
      ...days.map((label) => ({ ...head, ...label, ...whole })),
      { ...head, capability: 'scanner', openSeconds: 3, maintenanceSeconds: 1, upSeconds: 0.5, share: 0.25 },
      { ...head, capability: 'printer', openSeconds: 0, maintenanceSeconds: 0, upSeconds: 0 },
    ]),
  )
})

answer('is JSON and a table without any row, too', async () => {
  assert.equal(JSON.parse(await textOf(availabilityJson().end({ from: 1 }))), { rows: [], from: 1 })
  assert.is((await textOf(availabilityCsv().end({}))).split('\r\n').length, 2)
})

longText.run()
answer.run()
