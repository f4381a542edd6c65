/** A time from `from` on, `until` not in it, in milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** A span in which a zone kept the same distance to UTC, in milliseconds to be added to UTC. */
export interface OffsetSpan extends Span {
  readonly offset: number
}

export const dayMs = 86_400_000
const blockMs = 28 * dayMs
/** Some eight years of each zone of the configuration's list. */
const maxBlocks = 1200

const formatters = new Map<string, Intl.DateTimeFormat>()
const blocks = new Map<string, readonly OffsetSpan[]>()

const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  formatters.set(timeZone, made)
  return made
}

const readOffset = (timeZone: string, at: number): number => {
  const [, sign, hours, minutes, seconds] =
    /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(formatterOf(timeZone).format(at)) ?? []
  const distance = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  return (sign === '-' ? -distance : distance) * 1000
}

/** The second at which the offset is no longer that of `from`; zones change at whole seconds. */
const changeBetween = (timeZone: string, from: number, until: number, offset: number): number => {
  let [before, after] = [from, until]
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (readOffset(timeZone, middle) === offset) before = middle
    else after = middle
  }
  return after
}

/** No zone changes twice within a day. */
const readBlock = (timeZone: string, from: number): OffsetSpan[] => {
  const spans: OffsetSpan[] = []
  let [begin, offset] = [from, readOffset(timeZone, from)]
  for (let day = from; day < from + blockMs; day += dayMs) {
    const next = readOffset(timeZone, day + dayMs)
    if (next === offset) continue
    const change = changeBetween(timeZone, day, day + dayMs, offset)
    spans.push({ from: begin, until: change, offset })
    begin = change
    offset = next
  }
  return begin < from + blockMs ? [...spans, { from: begin, until: from + blockMs, offset }] : spans
}

const blockOf = (timeZone: string, index: number): readonly OffsetSpan[] => {
  const key = `${timeZone} ${index}`
  const known = blocks.get(key)
  if (known) return known
  if (blocks.size >= maxBlocks) blocks.clear()
  const read = readBlock(timeZone, index * blockMs)
  blocks.set(key, read)
  return read
}

/** The offsets that a zone (tz database) kept in a range, the oldest first, without a gap. */
export const offsetSpans = (timeZone: string, from: number, until: number): OffsetSpan[] => {
  const spans: OffsetSpan[] = []
  for (let index = Math.floor(from / blockMs); index * blockMs < until; index++) {
    for (const block of blockOf(timeZone, index)) {
      const span = { from: Math.max(from, block.from), until: Math.min(until, block.until) }
      if (span.from >= span.until) continue
      const last = spans.at(-1)
      if (last?.offset === block.offset) spans[spans.length - 1] = { ...last, until: span.until }
      else spans.push({ ...span, offset: block.offset })
    }
  }
  return spans
}

/** What a zone's clock says at a moment, as milliseconds since 1970 on that clock. */
export const localTime = (timeZone: string, at: number): number => {
  const [span] = offsetSpans(timeZone, at, at + 1)
  return at + (span?.offset ?? 0)
}

/** The number of the day at a moment in a zone: whole days since 1970-01-01 on that zone's calendar. */
export const dayNumber = (timeZone: string, at: number): number => Math.floor(localTime(timeZone, at) / dayMs)

/** The first moment of a day of `dayNumber`; of one that a zone left out, that of the next. */
export const dayStart = (timeZone: string, day: number): number => {
  const midnight = day * dayMs
  const span = offsetSpans(timeZone, midnight - dayMs, midnight + dayMs).find(
    ({ until, offset }) => until + offset > midnight,
  )
  return span ? Math.max(span.from, midnight - span.offset) : midnight
}

/** The date of a day of `dayNumber` (RFC 3339 full-date). */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)
