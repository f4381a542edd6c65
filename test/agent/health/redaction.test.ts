import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, createLogRing, logOptions } from '../../../agent/health/log.ts'
import { redactedPaths, redactText } from '../../../agent/health/redaction.ts'

/** What must not pass, each with the words of it that would give it away. */
const secrets: Readonly<Record<string, readonly [text: string, ...words: string[]]>> = {
  'a mail address': ['wrote to alsu.gali@example.org today', 'alsu', 'example.org'],
  'a mail address in Cyrillic': ['написала на алсу@пример.рф', 'алсу', 'пример'],
  'a telephone number': ['called +7 (843) 555-12-34', '555', '12-34'],
  'a telephone number without blanks': ['called 88435551234', '5551234'],
  'a number in JSON that may be one of a telephone': [
    JSON.stringify({ free: 88435551234, line: JSON.stringify({ free: 88435551234, job: 7 }) }, undefined, 1),
    '5551234',
  ],
  'a SNILS': ['SNILS 112-233-445 95', '112-233', '445'],
  'a passport': ['passport 92 04 123456', '123456'],
  'a policy': ['policy 1234567890123456', '123456'],
  'a card': ['card 4000 0000 0000 0002', '4000', '0002'],
  'a bearer token': ['authorization: Bearer abcdef0123456789', 'abcdef'],
  'a token of the fleet': ['used avyl_Zx81kkQ0pqLm2 once', 'Zx81kk'],
  'a JSON Web Token': ['got eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', 'eyJ', 'c2ln'],
  'a password in an address': ['ipp://user:secret@mfp/ipp/print', 'secret', 'user'],
  'a secret in a query': ['GET /x?token=abc-def&page=2', 'abc-def'],
  'a private key': ['-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----', 'MIIB'],
  'a private key in JSON': [
    JSON.stringify({ text: '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----' }),
    'MHcC',
  ],
  'a certificate without its frame': [`in ${'MIIBszCCAVmgAwIBAgIUQ'.padEnd(90, 'aB3')}==`, 'MIIBszCC'],
  'a claim code': ['the claim 7KQ2M9TXWB was typed', '7KQ2M', '9TXWB'],
  'a claim code in two pieces': ['the claim 7KQ2M-9TXWB was typed', '7KQ2M', '9TXWB'],
  'a name in its field': [JSON.stringify({ fullName: 'Алсу "А." Галиева', job: 7 }), 'Алсу', 'Галиева'],
  'a name in a JSON text of a JSON text': [
    JSON.stringify({ msg: JSON.stringify({ lastName: 'Галиева', firstName: 'Алсу\\n' }) }),
    'Галиева',
    'Алсу',
  ],
  'a name three texts deep': [
    JSON.stringify([JSON.stringify([JSON.stringify({ patronymic: 'Маратовна' })])]),
    'Маратовна',
  ],
  'a number in its field': [JSON.stringify({ snils: 11223344595, passport: 9204123456 }), '112233', '920412'],
  'a signature': [JSON.stringify({ signature: 'c2lnbmF0dXJl' }), 'c2ln'],
  'an address of a resident': [JSON.stringify({ address: 'д. Шемордан, ул. Тукая 5' }), 'Тукая', 'Шемордан'],
}

const aLog = suite('a log')

for (const [what, [text, ...words]] of Object.entries(secrets)) {
  aLog(`loses ${what} on its way into a bundle`, () => {
    const clean = redactText(text)
    assert.match(clean, '[redacted]')
    for (const word of words) assert.not.match(clean, word)
    // A bundle stays a document.
    if (text.startsWith('{') || text.startsWith('[')) assert.not.throws(() => JSON.parse(clean))
  })
}

aLog('is cleaned in time that grows with it, whatever it holds', () => {
  const hostile = [
    `{"snils":"${'\\'.repeat(100_000)}`,
    `\\"fio\\":\\"${'\\\\x'.repeat(50_000)}`,
    '"phone":"'.repeat(20_000),
  ]
  for (const text of hostile) assert.type(redactText(text), 'string')
})

aLog('keeps what helps to find a fault', () => {
  const plain =
    '{"time":1795301745544,"command":"01a20052-b00d-7691-8da3-2267d449f3bf","msg":"took 12 ms at 10.1.2.3:8883, job 7"}'
  assert.is(redactText(plain), plain)
})

aLog('censors fields that hold what a resident brought, at the top and below', () => {
  const ring = createLogRing()
  const logger = createLogger('info', ring, { write() {} })
  for (const path of redactedPaths) {
    const [first = '', second] = path.split('.')
    const top = first === '*' ? 'anything' : first
    logger.info({ [top]: second === undefined ? 'SECRET' : { [second]: 'SECRET' } }, 'a line')
  }
  assert.is(ring.lines().length, redactedPaths.length)
  assert.not.match(ring.lines().join(''), 'SECRET')
})

aLog('shows of an error its name, text, code and causes, nothing that hangs on it', () => {
  const lines: string[] = []
  const logger = pino(logOptions, { write: (line) => void lines.push(line) })
  const cause = Object.assign(new TypeError('inner'), { code: 'E_INNER' })
  logger.error({ error: Object.assign(new Error('outer', { cause }), { cert: 'SECRET' }) }, 'failed')
  logger.error({ error: 'a text' }, 'failed')
  const [{ error }, second] = lines.map((line) => JSON.parse(line))
  assert.equal([error.message, error.cause.message, error.cause.code], ['outer', 'inner', 'E_INNER'])
  assert.not.match(lines.join(''), 'SECRET')
  assert.is(second.error, 'a text')
})

aLog('keeps its newest lines only', () => {
  const ring = createLogRing(1000)
  for (let count = 0; count < 200; count++) ring.write(`line ${count}\n`)
  ring.write('x'.repeat(10_000))
  assert.ok(ring.lines().join('').length <= 4096)
  for (let count = 0; count < 200; count++) ring.write(`line ${count}\n`)
  assert.is(ring.lines().at(-1), 'line 199\n')
  assert.ok(ring.lines().length < 200)
})

aLog.run()
