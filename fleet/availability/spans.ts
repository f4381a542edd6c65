import type { Span } from '../../protocol/local-time.ts'

/** Spans in their order, which neither touch nor overlap. */
export type Spans = readonly Span[]

/** All that lies in any of them, whatever their order. */
export const union = (spans: readonly Span[]): Spans => {
  const sorted = spans.filter(({ from, until }) => from < until).sort((one, other) => one.from - other.from)
  const joined: Span[] = []
  for (const span of sorted) {
    const last = joined.at(-1)
    if (!last || last.until < span.from) joined.push(span)
    else if (last.until < span.until) joined[joined.length - 1] = { from: last.from, until: span.until }
  }
  return joined
}

/** What lies in both. */
export const intersection = (some: Spans, others: Spans): Spans => {
  const common: Span[] = []
  let [n, m] = [0, 0]
  for (let one = some[n], other = others[m]; one && other; one = some[n], other = others[m]) {
    const [from, until] = [Math.max(one.from, other.from), Math.min(one.until, other.until)]
    if (from < until) common.push({ from, until })
    if (one.until < other.until) n++
    else m++
  }
  return common
}

/** What lies in the first alone. */
export const difference = (some: Spans, others: Spans): Spans => {
  if (others.length === 0) return some
  const left: Span[] = []
  for (const { from, until } of some) {
    let begin = from
    for (const other of others) {
      if (other.until <= begin) continue
      if (other.from >= until) break
      if (begin < other.from) left.push({ from: begin, until: other.from })
      begin = other.until
    }
    if (begin < until) left.push({ from: begin, until })
  }
  return left
}

/** How long they are together, in milliseconds. */
export const lengthOf = (spans: Spans): number =>
  spans.reduce((sum, { from, until }) => sum + (until - from), 0)

/** How much of them lies in a range, in milliseconds. */
export const lengthWithin = (spans: Spans, from: number, until: number): number => {
  let length = 0
  for (const span of spans) {
    if (span.from >= until) break
    if (span.until > from) length += Math.min(span.until, until) - Math.max(span.from, from)
  }
  return length
}
