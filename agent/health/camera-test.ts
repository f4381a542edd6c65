import { Readable } from 'node:stream'
import type { CapabilityReport } from '../../protocol/messages.ts'
import { decodeJpeg } from '../capabilities/scanner/jpeg-rows.ts'
import type { Finding } from '../capability.ts'
import { presenceTest } from './device-tests.ts'
import { outputOf, ProgramFailed } from './program.ts'
import type { SelfTest } from './selftests.ts'

/** Motion JPEG, which every camera on USB gives. */
const format = '--set-fmt-video=width=640,height=480,pixelformat=MJPG'
/** One frame, behind those in which a camera finds its exposure. */
const oneFrame = ['--stream-mmap=3', '--stream-skip=10', '--stream-count=1', '--stream-to=-']
const maxFrameBytes = 4 * 1024 * 1024
const maxSide = 4096

/** Steps of 255 by which a picture differs from its own mean; what is covered differs by less than this. */
const leastContrast = 2

const brightnessOf = async (jpeg: Buffer): Promise<{ readonly mean: number; readonly contrast: number }> => {
  const limits = { maxWidth: maxSide, maxHeight: maxSide, grey: true }
  const { rows } = await decodeJpeg(Readable.from([jpeg]), limits)
  let [count, sum, squares] = [0, 0, 0]
  for await (const piece of rows) {
    count += piece.length
    for (const value of piece) {
      sum += value
      squares += value * value
    }
  }
  const mean = sum / count
  return { mean, contrast: Math.sqrt(Math.max(0, squares / count - mean * mean)) }
}

/** What the camera of a terminal is, and how its frames are taken. */
export interface CameraTestParts {
  readonly report: () => CapabilityReport | undefined
  /** Its device file, where there is one. */
  readonly find: () => Promise<string | undefined>
  /** video4linux's own program. */
  readonly program?: string
}

/**
 * One frame of the camera, of which only two numbers outlive the test: how bright it is and how much it shows. One that
 * somebody else uses gives no frame, and works.
 */
export const cameraTest = ({ report, find, program = 'v4l2-ctl' }: CameraTestParts): SelfTest => {
  const presence = presenceTest('camera', report)
  const take = async (device: string, signal: AbortSignal): Promise<Finding> => {
    const run = (words: readonly string[]) =>
      outputOf(program, ['-d', device, ...words], { signal, maxBytes: maxFrameBytes })
    // The program tells what went wrong only where no picture goes to its output.
    await run([format])
    const { mean, contrast } = await brightnessOf(await run([format, ...oneFrame]))
    const seen = `brightness ${mean.toFixed(0)}, contrast ${contrast.toFixed(0)} of 255`
    if (contrast < leastContrast)
      return { ok: false, detail: `shows nothing: covered, or in the dark; ${seen}` }
    return { ok: true, detail: `a frame; ${seen}` }
  }
  return {
    name: 'camera',
    async check(signal) {
      const known = await presence.check(signal)
      const device = known.ok && !known.skipped ? await find() : undefined
      if (device === undefined) return known
      try {
        return await take(device, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        if (!(thrown instanceof ProgramFailed)) return { ok: false, detail: 'gave what is no picture' }
        if (thrown.missing) return { ok: true, skipped: true, detail: 'no program here can take a frame' }
        // V4L2 7.2: whoever streams has the format alone, and others get EBUSY.
        return thrown.said.includes('resource busy')
          ? { ok: true, detail: 'is in use' }
          : { ok: false, detail: 'gave no frame' }
      }
    },
  }
}
