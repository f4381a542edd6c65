import type { Configuration, Hours } from '../../../protocol/configuration.ts'
import type { Story } from './naive.ts'

type OpeningHours = Configuration['openingHours']

/** Numbers that look like chance and are the same each time. */
export interface Draw {
  /** A whole number from 0 on, below this. */
  upTo(most: number): number
  of<T>(choices: readonly T[]): T
  chance(share: number): boolean
}

/** The mulberry32 generator, from this seed. */
export const drawFrom = (seed: number): Draw => {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    upTo: (most) => Math.floor(next() * most),
    of: (choices) => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
    chance: (share) => next() < share,
  }
}

const dayMs = 86_400_000
const zones = ['Europe/Moscow', 'Europe/Samara', 'Europe/Kaliningrad', 'Asia/Kamchatka'] as const
const shifts: readonly Hours[] = [
  [],
  [{ from: '08:00', to: '17:00' }],
  [
    { from: '00:00', to: '02:30' },
    { from: '09:15', to: '12:00' },
    { from: '22:00', to: '24:00' },
  ],
  [{ from: '00:00', to: '24:00' }],
  [
    { from: '01:30', to: '03:10' },
    { from: '07:00', to: '19:00' },
  ],
]
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const drawHours = (draw: Draw, timeZone: OpeningHours['timeZone'], from: number): OpeningHours => {
  const week = Object.fromEntries(weekdays.map((day) => [day, draw.of(shifts)])) as OpeningHours['week']
  const dates = Array.from({ length: draw.upTo(3) }, () =>
    new Date(from + draw.upTo(8 * dayMs)).toISOString().slice(0, 10),
  )
  return { timeZone, week, exceptions: Object.fromEntries(dates.map((date) => [date, draw.of(shifts)])) }
}

/** Moments in their order, some of them on a whole day or hour. */
const drawTurns = (draw: Draw, from: number, until: number, most: number): number[] => {
  const times = Array.from({ length: draw.upTo(most) }, () => {
    const at = from + draw.upTo(until - from)
    return draw.chance(0.2) ? Math.floor(at / 3_600_000) * 3_600_000 : at
  })
  return [...new Set(times)].sort((one, other) => one - other)
}

/** What one terminal went through around a range: gaps and the time after `now` included. */
export const drawStory = (
  draw: Draw,
  n: number,
  span: { from: number; until: number },
  now: number,
): Story => {
  const [begin, end] = [span.from - dayMs, Math.min(span.until + dayMs, now)]
  const zone = draw.of(zones)
  const documents = Array.from({ length: 1 + draw.upTo(3) }, () => ({
    at: begin + draw.upTo(span.until - begin),
    hours: drawHours(draw, draw.chance(0.8) ? zone : draw.of(zones), span.from),
  })).sort((one, other) => one.at - other.at)
  const turns = [begin, ...drawTurns(draw, begin, end, 40)]
  const states = ['online', 'online', 'online', 'reduced', 'suspect', 'offline', 'maintenance', 'retired']
  const presence = turns.map((from, index) => {
    const next = turns[index + 1] ?? (draw.chance(0.5) ? null : end)
    const state = index === 0 && draw.chance(0.5) ? 'never-seen' : draw.of(states)
    const length = (next ?? end) - from
    const isAway = state === 'offline' || state === 'suspect'
    const unseenUntil = isAway && draw.chance(0.3) && length > 1 ? from + draw.upTo(length) : null
    return { state, from, until: next, unseenUntil }
  })
  const capabilities = ['scanner', 'printer', 'camera'].flatMap((capability) => {
    if (draw.chance(0.2)) return []
    const changes = drawTurns(draw, begin, end, 12)
    return changes.map((from, index) => ({
      ...{ capability, ok: draw.chance(0.6), from },
      until: changes[index + 1] ?? (draw.chance(0.7) ? null : end),
    }))
  })
  const windows = drawTurns(draw, begin, end, 4).map((from) => ({
    from,
    until: from + 1 + draw.upTo(2 * dayMs),
  }))
  return {
    ...{ id: `story-${n}`, village: `Village ${n}`, district: `District ${n % 2}` },
    ...{ documents, presence, capabilities, windows },
  }
}
