import { findInk, type Ink } from './ink.ts'
import type { Pixels } from './raw-page.ts'

/** The steepest skew that is straightened, and how far is looked, so that a steeper one is known to be that. */
const steepest = 5
const farthest = 5.5

/** Ink beyond this many pixels tells nothing new. */
const mostPoints = 60_000

/** Less than this is a page without lines. */
const fewestPoints = 400

/**
 * By how much the profile must be sharper than it usually is along other angles: lines of text give 12 and more,
 * noise 7, text beyond the steepest skew 5, a photograph 1.3.
 */
const clearly = 9

/** One strong edge, such as a horizon, is no text. */
const fewestEdges = 5

interface Profile {
  readonly sharpness: number
  readonly edges: number
}

/**
 * The skew of a page's text lines in degrees, to a twentieth: positive where they run down to the right, that is,
 * where the page lies turned clockwise. 0 when it has no text lines to tell by.
 *
 * The ink is projected on the left edge along each angle in question; along the text the profile is sharpest, for
 * lines and the gaps between them do not mix (Postl's method), searched from coarse to fine.
 */
export const findSkew = (grey: Pixels): number => {
  const ink = thin(findInk(grey, 25, Math.round(grey.width * 0.02)))
  if (ink.count < fewestPoints) return 0
  const known = new Map<number, Profile>()
  const along = (angle: number) => {
    const step = Math.round(angle * 20)
    const profile = known.get(step) ?? profileAlong(ink, step / 20)
    known.set(step, profile)
    return profile
  }
  const sharpness = (angle: number) => along(angle).sharpness
  let best = 0
  for (const stride of [0.5, 0.25, 0.1, 0.05]) {
    const centre = best
    const span = stride === 0.5 ? farthest : stride * 4
    for (let angle = centre - span; angle <= centre + span + 1e-9; angle += stride) {
      if (Math.abs(angle) <= farthest && sharpness(angle) > sharpness(best)) best = angle
    }
  }
  const coarse = Array.from({ length: 4 * farthest + 1 }, (_, index) => sharpness(index / 2 - farthest))
  const usual = coarse.toSorted((a, b) => a - b)[coarse.length >> 1] ?? 0
  const isText = sharpness(best) >= clearly * usual && along(best).edges >= fewestEdges
  if (!isText || Math.abs(best) > steepest + 0.01) return 0
  return Math.round(best * 20) / 20
}

const thin = (ink: Ink): Ink => {
  const every = Math.ceil(ink.count / mostPoints)
  if (every === 1) return ink
  const count = Math.floor(ink.count / every)
  return {
    ...ink,
    x: Uint16Array.from({ length: count }, (_, index) => ink.x[index * every] ?? 0),
    y: Uint16Array.from({ length: count }, (_, index) => ink.y[index * every] ?? 0),
    count,
  }
}

/** How sharp the profile along an angle is, and on how many edges that rests. */
const profileAlong = ({ x, y, count, width, height }: Ink, angle: number): Profile => {
  const slope = Math.tan((angle * Math.PI) / 180)
  const margin = Math.ceil(width * Math.abs(slope)) + 2
  const profile = new Int32Array(height + 2 * margin)
  const slide = Int32Array.from({ length: width }, (_, column) => Math.round((margin - column * slope) * 256))
  for (let index = 0; index < count; index += 1) {
    // A point falls between two rows and is shared by them in 256ths.
    const place = ((y[index] ?? 0) << 8) + (slide[x[index] ?? 0] ?? 0)
    const row = place >> 8
    const share = place & 255
    profile[row] = (profile[row] ?? 0) + 256 - share
    profile[row + 1] = (profile[row + 1] ?? 0) + share
  }
  let sharpness = 0
  let fourth = 0
  for (let row = 3; row < profile.length; row += 1) {
    // Two rows against two: finer differences would favour 0, where no point falls between rows.
    const below = (profile[row] ?? 0) + (profile[row - 1] ?? 0)
    const above = (profile[row - 2] ?? 0) + (profile[row - 3] ?? 0)
    const squared = ((below - above) / 256) ** 2
    sharpness += squared
    fourth += squared * squared
  }
  return { sharpness, edges: fourth === 0 ? 0 : sharpness ** 2 / fourth }
}
