import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultConfiguration, type Hours } from '../../protocol/configuration.ts'
import { dateOf, dayNumber, dayStart, offsetSpans } from '../../protocol/local-time.ts'
import { isOpen, nextOpening, type OpeningHours, openSpans } from '../../protocol/opening-hours.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const wallClocks = new Map<string, Intl.DateTimeFormat>()

/** What a person reads off the calendar and the clock in the shop, by Intl alone. */
const wallClock = (timeZone: string, at: number) => {
  const clock =
    wallClocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', weekday: 'long' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    })
  wallClocks.set(timeZone, clock)
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: part('weekday').toLowerCase(),
    time: `${part('hour')}:${part('minute')}`,
  }
}

const saysOpen = (hours: OpeningHours, at: number): boolean => {
  const { date, weekday, time } = wallClock(hours.timeZone, at)
  const known = weekdays.find((name) => name === weekday)
  const spans = hours.exceptions[date] ?? (known ? hours.week[known] : [])
  return spans.some(({ from, to }) => from <= time && time < to)
}

const naiveSpans = (hours: OpeningHours, from: number, until: number) => {
  const spans: { from: number; until: number }[] = []
  for (let at = from; at < until; at += minute) {
    if (!saysOpen(hours, at)) continue
    const last = spans.at(-1)
    if (last?.until === at) spans[spans.length - 1] = { from: last.from, until: at + minute }
    else spans.push({ from: at, until: at + minute })
  }
  return spans
}

const clockText = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** Any hours of a day, those around midnight and around the hours that clocks leave out being frequent. */
const dayHours: fc.Arbitrary<Hours> = fc
  .uniqueArray(
    fc.oneof(fc.constantFrom(0, 60, 90, 120, 150, 180, 200, 1439, 1440), fc.integer({ min: 0, max: 1440 })),
    { maxLength: 8 },
  )
  .map((times) => {
    const sorted = times.toSorted((one, other) => one - other)
    return Array.from({ length: Math.floor(sorted.length / 2) }, (_, n) => ({
      from: clockText(sorted[2 * n] ?? 0),
      to: clockText(sorted[2 * n + 1] ?? 0),
    }))
  })

/** Zones and moments near which their clocks change, or do nothing remarkable. */
const places = fc.constantFrom(
  { timeZone: 'Europe/Moscow', near: '2026-11-22' },
  { timeZone: 'Europe/Moscow', near: '2010-03-28' },
  { timeZone: 'Europe/Moscow', near: '2010-10-31' },
  { timeZone: 'Europe/Moscow', near: '2011-03-27' },
  { timeZone: 'Europe/Moscow', near: '2014-10-26' },
  { timeZone: 'Europe/Samara', near: '2010-03-28' },
  { timeZone: 'Asia/Kamchatka', near: '2027-01-01' },
  { timeZone: 'Europe/Berlin', near: '2027-03-28' },
  { timeZone: 'Europe/Berlin', near: '2027-10-31' },
  { timeZone: 'America/New_York', near: '2028-03-12' },
  { timeZone: 'America/Sao_Paulo', near: '2018-02-18' },
  { timeZone: 'America/St_Johns', near: '2008-11-02' },
  { timeZone: 'Australia/Lord_Howe', near: '2027-04-04' },
  { timeZone: 'Pacific/Apia', near: '2011-12-30' },
  { timeZone: 'Africa/Casablanca', near: '2026-02-15' },
)

const cases = places.chain(({ timeZone, near }) => {
  const middle = Date.parse(near)
  const date = (offset: number) => new Date(middle + offset * day).toISOString().slice(0, 10)
  return fc.record({
    hours: fc.record({
      timeZone: fc.constant(timeZone),
      week: fc.record(
        Object.fromEntries(weekdays.map((name) => [name, dayHours])) as Record<
          (typeof weekdays)[number],
          typeof dayHours
        >,
      ),
      exceptions: fc.dictionary(fc.integer({ min: -3, max: 3 }).map(date), dayHours, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }) as unknown as fc.Arbitrary<OpeningHours>,
    from: fc.integer({ min: -3 * 1440, max: 0 }).map((minutes) => middle + minutes * minute),
    minutes: fc.integer({ min: 1, max: 4 * 1440 }),
  })
})

const seeded = { seed: 20_261_122 }
const openingHours = suite('opening hours')

openingHours('are open exactly when the clock on the wall says so, also where clocks are changed', () => {
  fc.assert(
    fc.property(cases, ({ hours, from, minutes }) => {
      assert.equal(
        openSpans(hours, from, from + minutes * minute),
        naiveSpans(hours, from, from + minutes * minute),
      )
    }),
    { ...seeded, numRuns: 90 },
  )
})

openingHours('are cut to the millisecond and tell of one moment what they tell of a range', () => {
  fc.assert(
    fc.property(cases, fc.array(fc.integer({ min: 0, max: 3 * day })), ({ hours, from }, offsets) => {
      for (const offset of offsets) {
        const at = from + offset
        assert.is(isOpen(hours, at), saysOpen(hours, at))
        const spans = openSpans(hours, at, at + 12_345)
        assert.ok(
          spans.every((span) => span.from >= at && span.until <= at + 12_345 && span.from < span.until),
        )
      }
    }),
    { ...seeded, numRuns: 60 },
  )
})

openingHours('tell the next opening, after a closed moment, and nothing where a shop never opens', () => {
  fc.assert(
    fc.property(cases, ({ hours, from }) => {
      const next = nextOpening(hours, from)
      const until = Math.min(next ?? from + 3 * day, from + 3 * day)
      const ahead = naiveSpans(hours, from, until).filter((span) => span.from > from)
      assert.equal(ahead, [])
      if (next !== undefined) assert.equal([saysOpen(hours, next), saysOpen(hours, next - 1)], [true, false])
    }),
    { ...seeded, numRuns: 60 },
  )
})

const { openingHours: usual } = defaultConfiguration
const never: OpeningHours = {
  ...usual,
  week: { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] },
}

openingHours('may lie far ahead', () => {
  const at = Date.parse('2026-11-22T00:00:00Z')
  assert.is(nextOpening(never, at), undefined)
  const once = { ...never, exceptions: { '2027-09-01': [{ from: '09:00', to: '10:00' }] } }
  assert.is(nextOpening(once, at), Date.parse('2027-09-01T09:00:00+03:00'))
})

openingHours('that go on over midnight are one span', () => {
  const whole = [{ from: '00:00', to: '24:00' }]
  const hours = { ...never, exceptions: { '2026-12-31': whole, '2027-01-01': whole } }
  assert.equal(openSpans(hours, Date.parse('2026-12-01'), Date.parse('2027-02-01')), [
    { from: Date.parse('2026-12-31T00:00+03:00'), until: Date.parse('2027-01-02T00:00+03:00') },
  ])
})

const localTime = suite('the calendar of a zone')

localTime('has days that begin where its date changes, and lays them end to end', () => {
  const zones = ['Europe/Moscow', 'Asia/Kamchatka', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia']
  const ranges = fc.record({
    timeZone: fc.constantFrom(...zones),
    at: fc.integer({ min: Date.parse('2010-01-01'), max: Date.parse('2030-01-01') }),
  })
  fc.assert(
    fc.property(ranges, ({ timeZone, at }) => {
      const number = dayNumber(timeZone, at)
      const [begin, next] = [dayStart(timeZone, number), dayStart(timeZone, number + 1)]
      assert.ok(begin <= at && at < next)
      for (const moment of [begin, at, next - 1]) {
        assert.is(wallClock(timeZone, moment).date, dateOf(number))
      }
      assert.is.not(wallClock(timeZone, begin - 1).date, dateOf(number))
    }),
    { ...seeded, numRuns: 400 },
  )
})

localTime('leaves out a day where a country went over the date line', () => {
  const missing = Date.parse('2011-12-30') / day
  assert.is(dayStart('Pacific/Apia', missing), dayStart('Pacific/Apia', missing + 1))
})

localTime('has no gap between its offsets, however long the range', () => {
  const [from, until] = [Date.parse('2000-01-01'), Date.parse('2090-01-01')]
  const spans = offsetSpans('Europe/Moscow', from, until)
  assert.equal([spans[0]?.from, spans.at(-1)?.until], [from, until])
  assert.ok(spans.every((span, index) => index === 0 || spans[index - 1]?.until === span.from))
  assert.equal(
    spans.slice(-2).map(({ from: begin, offset }) => [new Date(begin).toISOString(), offset / hour]),
    [
      ['2011-03-26T23:00:00.000Z', 4],
      ['2014-10-25T22:00:00.000Z', 3],
    ],
  )
})

openingHours.run()
localTime.run()
