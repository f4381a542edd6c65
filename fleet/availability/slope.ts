/** A value at a time. */
export interface Sample {
  readonly at: number
  readonly value: number
}

/** So many samples over so long a time at least carry a forecast. */
const leastSamples = 8
const leastMs = 2 * 86_400_000
/** A rise by more than this is a refill, not noise of what the device measures. */
const refill = 0.05
/** Of all pairs of samples so many have to fall. */
const leastFalling = 0.7

/** The samples between one refill and the next. */
const stretches = (samples: readonly Sample[]): Sample[][] => {
  const all: Sample[][] = []
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1]
    if (!before || sample.value - before.value > refill) all.push([])
    all.at(-1)?.push(sample)
  }
  return all
}

/**
 * How fast something is used up, in its unit a millisecond: the median of the slopes between all samples (Theil 1950,
 * Sen 1968) that no refill parts. `undefined` when the samples do not carry it: too few, too short, or not falling.
 */
export const fallOf = (samples: readonly Sample[]): number | undefined => {
  const parts = stretches(samples).filter((part) => part.length > 1)
  const counted = parts.reduce((sum, part) => sum + part.length, 0)
  const span = parts.reduce((sum, part) => sum + ((part.at(-1)?.at ?? 0) - (part[0]?.at ?? 0)), 0)
  if (counted < leastSamples || span < leastMs) return undefined
  const slopes = Float64Array.from(parts.flatMap(slopesIn)).sort()
  const falling = slopes.filter((slope) => slope < 0).length
  const middle = slopes[Math.floor(slopes.length / 2)] ?? 0
  return falling >= leastFalling * slopes.length && middle < 0 ? -middle : undefined
}

const slopesIn = (part: readonly Sample[]): number[] =>
  part.flatMap((one, index) =>
    part.slice(index + 1).map((other) => (other.value - one.value) / (other.at - one.at)),
  )
