import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../../agent/capability.ts'
import { openDatabase } from '../../../agent/database.ts'
import { createSelfTestRounds } from '../../../agent/health/selftest-rounds.ts'
import type { SelfTest } from '../../../agent/health/selftests.ts'
import { createMarks } from '../../../agent/marks.ts'
import { defaultConfiguration } from '../../../protocol/configuration.ts'
import { seeded, silent } from '../../support/agent-parts.ts'

const minute = 60_000
/** Monday the 5th of January 2026, 08:00 in Moscow. */
const monday = Date.parse('2026-01-05T05:00:00Z')

interface Told {
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

const world = (options: { readonly at?: number; readonly tests?: readonly SelfTest[] } = {}) => {
  let time = options.at ?? monday
  let isFree = true
  const told: Told[] = []
  const database = openDatabase(':memory:')
  const marks = createMarks(database)
  const stopped = new AbortController()
  let next = Promise.withResolvers<void>()
  let waiting = Promise.withResolvers<void>()
  const start = () => {
    const rounds = createSelfTestRounds({
      tests: async () =>
        options.tests ?? [
          { name: 'scanner', check: async () => ({ ok: true, detail: 'escl: flatbed' }) },
          { name: 'microphone', check: async () => ({ ok: true, detail: 'is not there', skipped: true }) },
        ],
      hours: () => defaultConfiguration.openingHours,
      free: () => isFree,
      outbox: { put: (_, body) => void told.push(body as unknown as Told) },
      ...{ marks, random: seeded(7), logger: silent },
      now: () => time,
      monotonic: () => time,
      async wait() {
        next = Promise.withResolvers()
        waiting.resolve()
        await next.promise
      },
    })
    return { rounds, running: rounds.run(stopped.signal) }
  }
  const { rounds, running } = start()
  const pass = async (minutes: number) => {
    for (let count = 0; count < minutes; count += 1) {
      await waiting.promise
      time += minute
      waiting = Promise.withResolvers()
      next.resolve()
      await waiting.promise
    }
  }
  return {
    ...{ told, rounds, pass },
    use(used: boolean) {
      isFree = !used
      if (used) rounds.disturb()
    },
    tick: async () => {
      await waiting.promise
      time += minute
      waiting = Promise.withResolvers()
      next.resolve()
    },
    settled: () => waiting.promise,
    async stop() {
      stopped.abort()
      next.resolve()
      await running
    },
  }
}

const theRounds = suite('the rounds of self-tests')

theRounds(
  'come some time after the start, then every few hours, and only while the shop is open',
  async () => {
    const { told, pass, rounds, stop } = world()
    await pass(9)
    assert.is(told.length, 0)
    await pass(31)
    assert.equal(
      told.map(({ data }) => data),
      [
        { capability: 'scanner', ok: true, evidence: 'escl: flatbed' },
        { capability: 'microphone', ok: true, evidence: 'is not there', skipped: true },
      ],
    )
    assert.equal(
      rounds.latest().map(({ name }) => name),
      ['scanner', 'microphone'],
    )
    await pass(24 * 60 - 40)
    const times = told.filter((_, index) => index % 2 === 0).map(({ at }) => at - monday)
    assert.ok(times.length >= 3 && times.length <= 5, `${times.length} rounds in a day`)
    assert.ok(times.every((at) => at < 9 * 60 * minute))
    await pass(60)
    const morning = told.at(-1)?.at ?? 0
    assert.ok(morning > monday + 24 * 60 * minute, 'again on the next morning')
    await stop()
  },
)

theRounds('leave alone who uses the terminal, also a while after', async () => {
  const { told, pass, use, stop } = world()
  use(true)
  await pass(60)
  assert.is(told.length, 0)
  use(true)
  use(false)
  await pass(4)
  assert.is(told.length, 0)
  await pass(3)
  assert.is(told.length, 2)
  await stop()
})

theRounds('are broken off when somebody comes, and tell nothing of what was broken off', async () => {
  const begun = Promise.withResolvers<void>()
  let hangs = true
  const { told, pass, tick, settled, use, stop } = world({
    tests: [
      {
        name: 'scanner',
        check: async () => {
          begun.resolve()
          if (hangs) await new Promise(() => {})
          return { ok: false, detail: 'jam' }
        },
      },
    ],
  })
  const ticking = (async () => {
    for (let count = 0; count < 41; count += 1) await Promise.race([tick(), begun.promise])
  })()
  await begun.promise
  use(true)
  await settled()
  await ticking
  assert.is(told.length, 0)
  hangs = false
  use(false)
  await pass(8)
  assert.equal(told[0]?.data, { capability: 'scanner', ok: false, evidence: 'jam' })
  await stop()
})

theRounds('tell nothing of a device that is in use: what was found before stands', async () => {
  let lamp: Finding = { ok: false, detail: 'the lamp is dark' }
  const { told, pass, rounds, stop } = world({ tests: [{ name: 'scanner', check: async () => lamp }] })
  await pass(40)
  lamp = { ok: true, busy: true, detail: 'is used at the device itself' }
  await pass(5 * 60)
  assert.equal(
    told.map(({ data }) => data),
    [{ capability: 'scanner', ok: false, evidence: 'the lamp is dark' }],
  )
  assert.is(rounds.latest()[0]?.ok, false)
  await stop()
})

theRounds('do not begin on a day off', async () => {
  const saturday = monday + 5 * 24 * 60 * minute
  const { told, pass, stop } = world({ at: saturday })
  await pass(120)
  assert.is(told.length, 0)
  await stop()
})

theRounds.run()
