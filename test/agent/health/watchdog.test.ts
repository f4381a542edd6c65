import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { feedWatchdog, type Loop, standing } from '../../../agent/health/watchdog.ts'

const logger = pino({ level: 'silent' })

/** A supervisor that wants to hear often, and what it hears. */
const listening = () => {
  let heard = Promise.withResolvers<void>()
  return {
    supervisor: {
      watchdogMs: 3,
      ready() {},
      stopping() {},
      alive() {
        heard.resolve()
        heard = Promise.withResolvers()
      },
    },
    next: () => heard.promise,
  }
}

/** A log that hears of loops that stand still. */
const complaints = () => {
  let complained = Promise.withResolvers<readonly string[]>()
  const error = ({ loops }: { loops: readonly string[] }) => {
    complained.resolve(loops)
    complained = Promise.withResolvers()
  }
  return { logger: { ...logger, error } as unknown as typeof logger, next: () => complained.promise }
}

const watchdog = suite('the watchdog')

watchdog('knows which loops stand still', () => {
  const loops: Loop[] = [
    { name: 'line', allowanceMs: 100, lastSign: () => 950 },
    { name: 'devices', allowanceMs: 100, lastSign: () => 850 },
    {
      name: 'journal',
      allowanceMs: 100,
      lastSign: () => {
        throw new Error('The disk is gone')
      },
    },
  ]
  assert.equal(standing(loops, 1000), ['devices', 'journal'])
})

watchdog('is fed while every loop shows life, and no longer', async () => {
  let sign = Number.POSITIVE_INFINITY
  const loops: Loop[] = [{ name: 'line', allowanceMs: 1000, lastSign: () => sign }]
  const { supervisor, next } = listening()
  const complained = complaints()
  const over = new AbortController()
  const fed = next()
  const feeding = feedWatchdog({ supervisor, loops, logger: complained.logger }, over.signal)
  await fed
  await next()
  const complaint = complained.next()
  sign = Number.NEGATIVE_INFINITY
  assert.equal(await complaint, ['line'])
  let afterwards = 0
  supervisor.alive = () => {
    afterwards += 1
  }
  await complained.next()
  await complained.next()
  assert.is(afterwards, 0)
  over.abort()
  await feeding
})

watchdog('has nothing to do where nobody asks for it', async () => {
  const { supervisor } = listening()
  const { watchdogMs: _, ...silent } = supervisor
  await feedWatchdog({ supervisor: silent, loops: [], logger }, new AbortController().signal)
})

watchdog.run()
