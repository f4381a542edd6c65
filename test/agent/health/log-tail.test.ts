import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, createLogRing } from '../../../agent/health/log.ts'
import { createLogLevels } from '../../../agent/health/log-level.ts'
import { createLogTail, type TailLimits } from '../../../agent/health/log-tail.ts'
import { testLine } from '../../support/agent-parts.ts'

const never = new AbortController().signal

const world = (limits: Partial<TailLimits> = {}) => {
  const logs = createLogRing()
  const logger = createLogger('info', logs, { write() {} })
  const line = testLine()
  const tail = createLogTail({
    logs,
    levels: createLogLevels(logger),
    line,
    limits: { paceMs: 5, ...limits },
  })
  const texts = () =>
    line.sent.flatMap(({ body }) => body.lines as string[]).map((text) => JSON.parse(text).msg as string)
  return { logs, logger, line, tail, texts }
}

const aTail = suite('a tail of the log')

aTail('shows what was logged before, then what is logged, and ends by itself', async () => {
  const { logger, line, tail, texts } = world()
  logger.info('before')
  const running = tail('c1', { seconds: 1 }, never)
  await line.until(() => texts().includes('before'))
  logger.info('during')
  await line.until(() => texts().includes('during'))
  assert.equal(await running, { lines: 2, skipped: 0 })
  assert.ok(line.sent.every(({ kind, body }) => kind === 'log' && body.id === 'c1'))
  logger.info('after')
  assert.equal(texts(), ['before', 'during'])
})

aTail('logs more while somebody asks for it, and shows less to who wants less', async () => {
  const { logger, line, tail, texts } = world()
  logger.debug('unheard')
  const over = new AbortController()
  const running = tail('c1', { level: 'debug' }, over.signal).catch((thrown: unknown) => thrown)
  logger.debug('fine')
  await line.until(() => texts().includes('fine'))
  const reason = new Error('nobody looks any more')
  over.abort(reason)
  assert.is(await running, reason)
  assert.is(logger.level, 'info')
  logger.warn('a warning')
  const { lines } = await tail('c2', { seconds: 1, level: 'warn' }, never)
  assert.is(lines, 1)
  assert.is(texts().at(-1), 'a warning')
})

aTail('keeps secrets and personal data in the terminal', async () => {
  const { logger, line, tail } = world()
  logger.info({ passport: '92 04 123456' }, 'called +7 (843) 555-12-34 with Bearer abcdef0123456789')
  await tail('c1', { seconds: 1 }, never)
  const text = JSON.stringify(line.sent)
  for (const secret of ['123456', '555-12', 'abcdef']) assert.not.match(text, secret)
  assert.match(text, 'redacted')
})

aTail('is bounded in what it takes of the line, and tells what it left out', async () => {
  const { logger, line, tail } = world({ waiting: 10, characters: 2000, lines: 4, allCharacters: 4000 })
  for (let count = 0; count < 40; count += 1) logger.info({ pad: 'x'.repeat(400) }, `line ${count}`)
  logger.info('y'.repeat(5000))
  const { lines, skipped } = await tail('c1', { seconds: 60 }, never)
  assert.is(lines + skipped, 41)
  assert.ok(skipped >= 31)
  for (const { body } of line.sent) {
    const sent = body.lines as string[]
    assert.ok(sent.length <= 4 && sent.every((text) => text.length <= 2000))
  }
})

aTail('waits while the line is down, and does without what it loses', async () => {
  const { logger, line, tail, texts } = world()
  line.fall()
  logger.info('one')
  const running = tail('c1', { seconds: 1 }, never)
  line.rise()
  line.lose(1)
  logger.info('two')
  assert.equal(await running, { lines: 0, skipped: 2 })
  assert.equal(texts(), [])
})

aTail.run()

const theLevels = suite('the levels of a log')

theLevels('are the most telling of what is set and asked for', () => {
  const logger = pino({ level: 'warn' }, { write() {} })
  const levels = createLogLevels(logger)
  const first = levels.atLeast('info')
  const second = levels.atLeast('debug')
  assert.is(logger.level, 'debug')
  levels.set('error')
  second()
  assert.is(logger.level, 'info')
  first()
  assert.is(logger.level, 'error')
  const none = levels.atLeast('error')
  levels.set('silent')
  assert.is(logger.level, 'error')
  none()
  assert.is(logger.level, 'silent')
})

theLevels.run()
