import sharp, { type Sharp } from 'sharp'
import { type Box, findLevels, findPaper, type Levels, wholePage } from './clean.ts'
import { findSkew } from './deskew.ts'
import { encodePage, encodePreview, mediaTypeOf, type PageEncoding } from './encode.ts'
import { isBlank } from './ink.ts'
import type { ImageMediaType } from './pdf-image.ts'
import type { Pixels } from './raw-page.ts'
import { toGrey } from './small-picture.ts'

/** What shall be done with the pages of a job. */
export interface PageJob {
  readonly encoding: PageEncoding
  /** Black and white only, whatever the device gave. */
  readonly blackwhite: boolean
  /** `true` straightens, crops and raises the contrast, `false` leaves the pixels alone, otherwise straightens. */
  readonly clean?: boolean
  /** JPEG quality of the bands, 1 to 100. */
  readonly bandQuality?: number
}

/** A page as it is kept. */
export interface FinishedPage {
  readonly bytes: Uint8Array
  readonly mediaType: ImageMediaType
  readonly preview: Uint8Array
  readonly width: number
  readonly height: number
  readonly dpi: number
  readonly blank: boolean
  /** By how much it lay turned clockwise, in degrees; it has been turned back. */
  readonly skew: number
}

/** Less than this does not show, and turning a page blurs it a little. */
const leastTurn = 0.2

/** By how much a page is turned back, in degrees; `small` is the page or the part of it that came, made small. */
export const turnOf = (small: Pixels, { clean }: PageJob): number => {
  const skew = clean === false ? 0 : findSkew(toGrey(small))
  return Math.abs(skew) < leastTurn ? 0 : skew
}

/** Whether a page that need not be turned is written as the device gave it. */
export const isPlain = ({ encoding, blackwhite, clean }: PageJob): boolean =>
  encoding === 'jpeg' && !blackwhite && clean !== true

/** What most of a page tells of the whole. */
export interface PageSigns {
  readonly turn: number
  /** There is something on it; of an empty part nothing can be said yet. */
  readonly inked: boolean
}

/** Reads the signs of a page from the part that has come, made small. */
export const signsOf = (part: Pixels, job: PageJob): PageSigns => ({
  turn: turnOf(part, job),
  inked: !isBlank(toGrey(part)),
})

/** What was done with a page before its last row came. */
export interface EarlyWork {
  readonly signs?: PageSigns
  /** Writes what is left of the page as it is; only for plain jobs. */
  write(pixels: Pixels): Promise<Uint8Array>
}

/** Straightens, cleans and encodes a page, or what is left of it; `small` is the same page made small. */
export const finishPage = async (
  pixels: Pixels,
  small: Pixels,
  dpi: number,
  job: PageJob,
  early?: EarlyWork,
): Promise<FinishedPage> => {
  const turn = early?.signs?.turn ?? turnOf(small, job)
  const blank = early?.signs?.inked !== true && isBlank(toGrey(small))
  const straight = turn === 0 ? small : await toPixels(straighten(small, turn))
  const smallDpi = (dpi * small.width) / pixels.width
  const clean = job.clean === true && !blank ? cleaning(straight, smallDpi) : untouched
  const channels = job.blackwhite ? 1 : pixels.channels
  const encoded = () => {
    const whole = turn === 0 ? fromPixels(pixels) : straighten(pixels, turn)
    const page = level(crop(whole, clean.box, pixels), clean)
    return encodePage(inColours(page, channels, job.blackwhite), job.encoding, dpi)
  }
  const [bytes, preview] = await Promise.all([
    early !== undefined && turn === 0 && isPlain(job) ? early.write(pixels) : encoded(),
    encodePreview(level(crop(fromPixels(straight), clean.box, straight), clean)),
  ])
  const { width, height } = area(clean.box, pixels)
  return { bytes, mediaType: mediaTypeOf[job.encoding], preview, width, height, dpi, blank, skew: turn }
}

interface Cleaning {
  readonly box: Box
  readonly levels: Levels | undefined
}

const untouched: Cleaning = { box: wholePage, levels: undefined }

const cleaning = (straight: Pixels, dpi: number): Cleaning => {
  const grey = toGrey(straight)
  return { box: findPaper(grey, dpi), levels: findLevels(grey) }
}

const fromPixels = ({ width, height, channels, data }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels } })

const toPixels = async (image: Sharp): Promise<Pixels> => {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3, data }
}

/** Turns a page back and keeps its size; what comes in at the corners is white. */
const straighten = (pixels: Pixels, skew: number): Sharp => {
  const { width, height } = pixels
  const radians = (Math.abs(skew) * Math.PI) / 180
  const turnedWidth = Math.floor(width * Math.cos(radians) + height * Math.sin(radians))
  const turnedHeight = Math.floor(width * Math.sin(radians) + height * Math.cos(radians))
  return fromPixels(pixels)
    .rotate(-skew, { background: '#ffffff' })
    .extract({
      left: Math.max(0, Math.floor((turnedWidth - width) / 2)),
      top: Math.max(0, Math.floor((turnedHeight - height) / 2)),
      width,
      height,
    })
}

const area = (box: Box, { width, height }: Pixels) => {
  const left = Math.floor(box.left * width)
  const top = Math.floor(box.top * height)
  return {
    left,
    top,
    width: Math.max(1, Math.floor(box.right * width) - left),
    height: Math.max(1, Math.floor(box.bottom * height) - top),
  }
}

const crop = (image: Sharp, box: Box, pixels: Pixels): Sharp =>
  box === wholePage ? image : image.extract(area(box, pixels))

/** Grey must be asked for, or one channel is written as three. */
const inColours = (image: Sharp, channels: 1 | 3, blackwhite: boolean): Sharp => {
  if (channels === 3) return image
  const grey = image.greyscale().toColourspace('b-w')
  return blackwhite ? grey.threshold(128) : grey
}

const level = (image: Sharp, { levels }: Cleaning): Sharp => {
  if (levels === undefined) return image
  const slope = 255 / (levels.white - levels.black)
  return image.linear(slope, -levels.black * slope)
}
