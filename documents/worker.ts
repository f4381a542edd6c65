import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import sharp from 'sharp'
import { Bands, type EncodedBand } from './bands.ts'
import { DocumentError } from './document-error.ts'
import { EarlyJpeg } from './early-jpeg.ts'
import { readFrames, writeFrame } from './frames.ts'
import { finishPage, isPlain, type PageJob, type PageSigns, signsOf } from './page.ts'
import { type Pixels, type RawFormat, RawPage } from './raw-page.ts'
import { SmallPicture } from './small-picture.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/**
 * The program that does image work for a process which must neither wait for it nor carry libvips: pages of a scan
 * over the socket on descriptor 3, or one image file to JPEG on standard output. It ends when its parent does.
 */
const main = async (): Promise<void> => {
  sharp.cache(false)
  sharp.concurrency(2)
  const [what, file] = process.argv.slice(2)
  if (what === 'flatten' && file !== undefined) await flatten(file)
  else await servePages(new Socket({ fd: 3 }))
}

const flatten = async (file: string): Promise<void> => {
  const image = sharp(file, { limitInputPixels: 120_000_000, failOn: 'error' })
  const { data } = await image
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .jpeg({ quality: 90 })
    .toBuffer({ resolveWithObject: true })
  process.stdout.write(data)
}

// A flag on the command line would do the same, and make Node leave its cache of compiled code aside.
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

interface OpenPage {
  readonly raw: RawPage
  readonly small: SmallPicture
  readonly bands: Bands
  readonly jpeg: EarlyJpeg
  /** Found before the last row comes, while there is nothing else to do. */
  signs?: PageSigns
}

const servePages = async (socket: Socket): Promise<void> => {
  socket.once('close', () => process.exit(0))
  warmUp().catch(() => undefined)
  let job: PageJob | undefined
  let open: OpenPage | undefined
  let pages = 0
  let spare: Uint8Array | undefined
  let failed = false
  // INVARIANT: at most one page is being finished while the next one comes.
  let finishing: Promise<void> = Promise.resolve()
  const fail = (thrown: unknown) => {
    if (failed) return
    failed = true
    const kind = thrown instanceof DocumentError ? thrown.kind : 'damaged'
    const text = thrown instanceof Error ? thrown.message.slice(0, 300) : 'The page worker failed'
    send(socket, { type: 'failed', kind, text }).catch(() => undefined)
  }
  const take = async (message: ToWorker) => {
    if (message.type === 'job') job = message.job
    if (message.type === 'page') {
      open = openPage(message.format, pages++, socket, job?.bandQuality, spare)
      spare = undefined
    }
    if (message.type !== 'end' || open === undefined || job === undefined) return
    const page = open
    open = undefined
    await finishing
    finishing = endPage(page, job, socket).then(() => {
      spare = page.raw.data
      // The collector does not see how much memory the pictures of a page hold.
      collect()
    })
    finishing.catch(fail)
  }
  for await (const frame of readFrames(socket)) {
    // A parent that still writes must not find the socket closed before it has read what went wrong.
    if (failed) continue
    try {
      if ('message' in frame) await take(frame.message as ToWorker)
      else if (open !== undefined && job !== undefined) takeRows(open, frame.bytes, job)
    } catch (thrown) {
      fail(thrown)
    }
  }
}

/** The first picture of a process takes ten times as long as the next: that one shall not be a band. */
const warmUp = (): Promise<Buffer> =>
  sharp({ create: { width: 16, height: 16, channels: 3, background: '#ffffff' } })
    .jpeg()
    .toBuffer()

const openPage = (
  format: RawFormat,
  page: number,
  socket: Socket,
  bandQuality?: number,
  spare?: Uint8Array,
): OpenPage => {
  const small = new SmallPicture(format)
  const showBand = ({ jpeg, ...band }: EncodedBand) => {
    const pageHeight = small.expected === undefined ? {} : { pageHeight: small.expected }
    const message = { type: 'band', page, ...band, ...pageHeight, bytes: jpeg.length } as const
    send(socket, message, jpeg).catch(() => undefined)
  }
  const bands = new Bands(small, showBand, bandQuality)
  const raw = new RawPage(format, spare)
  const jpeg = new EarlyJpeg(raw, (part) => {
    send(socket, { type: 'part', page, bytes: part.length }, part).catch(() => undefined)
  })
  return { raw, small, bands, jpeg }
}

/** The part of a page that tells as much as the whole. */
const tellingPart = 0.9

const takeRows = (page: OpenPage, bytes: Uint8Array, job: PageJob): void => {
  const { raw, small, bands, jpeg } = page
  const before = raw.rows
  raw.push(bytes)
  small.push(raw.data, before, raw.rows - before, raw.stride)
  bands.grown()
  const told = small.rows > tellingPart * (small.expected ?? Number.POSITIVE_INFINITY)
  if (told) page.signs ??= signsOf(small.band(0, small.rows), job)
  const turn = job.clean === false ? 0 : page.signs?.turn
  if (turn === 0 && isPlain(job)) jpeg.grown()
}

const endPage = async (
  { raw, small, bands, jpeg, signs }: OpenPage,
  job: PageJob,
  socket: Socket,
): Promise<void> => {
  const pixels = raw.end()
  const picture: Pixels = small.rows === 0 ? pixels : small.band(0, small.rows)
  const [{ bytes, preview, ...page }] = await Promise.all([
    finishPage(pixels, picture, raw.format.dpi, job, {
      ...(signs === undefined ? {} : { signs }),
      write: (whole) => jpeg.end(whole),
    }),
    bands.end(),
  ])
  const sizes = { bytes: bytes.length, preview: preview.length, peakKiB: peakKiB() }
  await send(socket, { type: 'page', ...page, ...sizes }, bytes, preview)
}

const send = async (socket: Socket, message: FromWorker, ...blocks: Uint8Array[]): Promise<void> => {
  // Written in one go, so that no other message comes between a message and its bytes.
  await Promise.all([
    writeFrame(socket, { message }),
    ...blocks.map((bytes) => writeFrame(socket, { bytes })),
  ])
}

const peakKiB = (): number =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0)

await main()
