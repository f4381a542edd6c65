import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, createLogRing, logOptions } from '../../../agent/health/log.ts'
import { redactedPaths, redactText } from '../../../agent/health/redaction.ts'

const secrets = {
  'a mail address': 'wrote to alsu.gali@example.org today',
  'a mail address in Cyrillic': 'написала на алсу@пример.рф',
  'a telephone number': 'called +7 (843) 555-12-34',
  'a telephone number without blanks': 'called 88435551234',
  'a SNILS': 'SNILS 112-233-445 95',
  'a passport': 'passport 92 04 123456',
  'a policy': 'policy 1234567890123456',
  'a card': 'card 4000 0000 0000 0002',
  'a bearer token': 'authorization: Bearer abcdef0123456789',
  'a password in an address': 'ipp://user:secret@mfp/ipp/print',
  'a private key': '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
}

const aLog = suite('a log')

for (const [what, text] of Object.entries(secrets)) {
  aLog(`loses ${what} on its way into a bundle`, () => {
    const clean = redactText(text)
    assert.match(clean, '[redacted]')
    for (const word of ['alsu', 'алсу', '555', '233', '123456', '0002', 'abcdef', 'secret', 'MIIB']) {
      assert.not.match(clean, word)
    }
  })
}

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
