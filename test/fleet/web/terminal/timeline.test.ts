import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PresenceInterval } from '../../../../fleet/api/health-schemas.ts'
import type { Command } from '../../../../fleet/api/schemas.ts'
import { barsOf, lengthsOf, marksOf, outcomeTone } from '../../../../fleet/web/terminal/timeline.ts'

const range = { from: 1000, until: 2000 }
const interval = (id: string, state: PresenceInterval['state'], from: number, until?: number) => ({
  ...{ id, state, from },
  ...(until !== undefined && { until }),
})
const command = (id: string, issuedAt: number, state: Command['state'] = 'succeeded'): Command => ({
  ...{ id, issuedAt, state, terminal: 't', name: 'scanner.scan', input: {}, actor: 'a', pages: [] },
  ...{ expiresAt: issuedAt + 1, updatedAt: issuedAt },
})

const theTimeline = suite('the timeline of a terminal')

theTimeline('cuts intervals to its range, and one that lasts ends with it', () => {
  const bars = barsOf([interval('a', 'online', 0, 1500), interval('b', 'offline', 1500)], range)
  assert.equal(
    bars.map(({ interval: { id }, place, width }) => [id, place, width]),
    [
      ['a', 0, 0.5],
      ['b', 0.5, 0.5],
    ],
  )
})

theTimeline('leaves out what only touches its edges', () => {
  assert.equal(barsOf([interval('a', 'online', 0, 1000), interval('b', 'offline', 2000)], range), [])
})

theTimeline('shows even a moment, above what lasted longer and inside the picture', () => {
  const bars = barsOf([interval('short', 'suspect', 1999, 2000), interval('long', 'online', 0, 1999)], range)
  assert.equal(
    bars.map(({ interval: { id } }) => id),
    ['long', 'short'],
  )
  for (const { place, width } of bars) assert.ok(width > 0 && place + width <= 1.000_001)
})

theTimeline('sums up how long each state lasted in its range', () => {
  const intervals = [
    interval('a', 'online', 0, 1400),
    interval('b', 'offline', 1400, 1500),
    interval('c', 'online', 1500),
  ]
  assert.equal(lengthsOf(intervals, range), { online: 900, offline: 100 })
})

theTimeline('marks each command by its outcome', () => {
  assert.equal(
    (
      ['succeeded', 'failed', 'rejected', 'unknown', 'cancelled', 'expired', 'running', 'queued'] as const
    ).map((state) => outcomeTone(command('1', 1, state))),
    ['good', 'bad', 'bad', 'warn', 'quiet', 'quiet', 'running', 'running'],
  )
})

theTimeline('makes one mark of commands that lie over one another, as bad as the worst of them', () => {
  const marks = marksOf(
    [command('3', 1900), command('2', 1104, 'failed'), command('1', 1100), command('0', 10)],
    range,
  )
  assert.equal(
    marks.map(({ commands, tone, place }) => [commands.map(({ id }) => id).join(), tone, place]),
    [
      ['2,1', 'bad', 0.1],
      ['3', 'good', 0.9],
    ],
  )
})
theTimeline.run()
