import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Availability } from '../../../fleet/api/health-schemas.ts'
import { type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'
import { type Figures, gather, type Story, walk } from './naive.ts'
import { type Draw, drawFrom, drawStory } from './stories.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const tables = [
  ...(['presence_intervals', 'capability_intervals'] as const),
  ...(['maintenance_windows', 'configuration_documents'] as const),
] as const

/** Puts stories into the store as if they had happened. */
const tell = async ({ database, presence, terminals, availability }: Door, stories: readonly Story[]) => {
  await availability.stop()
  for (const { id, village, district } of stories) {
    await presence.villages.put({ name: village, district })
    await terminals.register(id, village)
  }
  // What these terminals were by the door's own eyes is in the store after this, and forgotten then.
  await presence.history.presence('', 0, 1)
  for (const table of tables) await database.deleteFrom(table).execute()
  for (const { id: terminal, ...story } of stories) {
    for (const [index, { at, hours }] of story.documents.entries()) {
      const content: Configuration = { ...defaultConfiguration, openingHours: hours }
      await database
        .insertInto('configuration_documents')
        .values({
          terminal,
          version: index + 1,
          hash: '',
          content: JSON.stringify(content),
          origins: '{}',
          at,
        })
        .execute()
    }
    for (const [index, { state, from, until, unseenUntil }] of story.presence.entries()) {
      await database
        .insertInto('presence_intervals')
        .values({
          ...{
            id: `${terminal}-${index}`,
            terminal,
            state: state as 'online',
            from_at: from,
            until_at: until,
          },
          ...{ unseen_until: unseenUntil, reason: null, judged_by: null, note: null, edited_by: null },
          ...{ outage: null, run: null },
        })
        .execute()
    }
    for (const { capability, ok, from, until } of story.capabilities) {
      await database
        .insertInto('capability_intervals')
        .values({
          ...{ terminal, capability, ok: ok ? 1 : 0, from_at: from, until_at: until },
          ...{ detail: null, detected_at: null },
        })
        .execute()
    }
    for (const [index, { from, until }] of story.windows.entries()) {
      await database
        .insertInto('maintenance_windows')
        .values({
          ...{
            id: `${terminal}-${index}`,
            about: 'terminal',
            name: terminal,
            from_at: from,
            until_at: until,
          },
          ...{ note: '', created_by: 'user:1' },
        })
        .execute()
    }
  }
  await availability.start()
}

const ask = async (door: Door, query: Record<string, string | number>): Promise<Availability> => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) search.set(name, String(value))
  const answer = await door.app.inject({ url: `/api/v1/availability?${search}`, headers: door.bearer })
  assert.is(answer.statusCode, 200, answer.body)
  return answer.json()
}

/** Both sides as lines that can be compared; a capability without an open second says nothing. */
const linesOf = (rows: Availability['rows']): string[] =>
  rows
    .filter(({ openSeconds }) => openSeconds > 0)
    .map(
      ({ key, capability, period = '', openSeconds, maintenanceSeconds, upSeconds }) =>
        `${key}|${capability}|${period} ${openSeconds} ${maintenanceSeconds} ${upSeconds}`,
    )
    .sort()

const expectedLines = (figures: Figures): string[] =>
  [...figures]
    .map(([name, { open, maintenance, up }]) => `${name} ${open / 1000} ${maintenance / 1000} ${up / 1000}`)
    .sort()

const aReplay = suite('availability, beside a replay of what happened')

const fleets = 10
const door = await openPeoplesDoor()
aReplay.after(() => door.close())
const terminalsEach = 20

for (let fleet = 0; fleet < fleets; fleet++) {
  aReplay(`is the same to the millisecond in fleet ${fleet}`, async () => {
    const draw: Draw = drawFrom(20_261_122 + fleet)
    const now = door.clock.now()
    const begin = draw.of([
      ...['2010-03-25', '2010-10-28', '2011-03-24', '2014-10-23', '2020-12-28'].map((date) =>
        Date.parse(date),
      ),
      now - 5 * 86_400_000,
    ])
    const span = { from: begin, until: begin + 6 * 86_400_000 }
    const stories = Array.from({ length: terminalsEach }, (_, n) => drawStory(draw, n, span, now))
    await tell(door, stories)
    const cut = {
      from: begin + draw.upTo(2 * 86_400_000),
      until: span.until - draw.upTo(2 * 86_400_000),
    }
    // Other parts of days of which a part was counted before.
    const inner = {
      from: cut.from + draw.upTo(6 * 3_600_000),
      until: cut.until - draw.upTo(6 * 3_600_000),
    }
    const ranges = fleet % 2 === 0 ? [span] : [cut, inner]
    for (const range of ranges) {
      const until = Math.min(range.until, now)
      const walks = stories.map((story) => [story, walk(story, { ...range, until })] as const)
      for (const by of ['terminal', 'district', 'fleet']) {
        for (const per of [undefined, 'day', 'week', 'month']) {
          const wish = { ...range, by, ...(per === undefined ? {} : { per }) }
          const { until: to, ...rest } = wish
          const { rows } = await ask(door, { ...rest, to })
          assert.equal(linesOf(rows), expectedLines(gather(walks, wish)), JSON.stringify(wish))
        }
      }
    }
  })
}

aReplay.run()
