import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cameraTest } from '../../../agent/health/camera-test.ts'
import { runSelfTest } from '../../../agent/health/selftests.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { scratch } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const folder = scratch()

/** A camera's frame of one grey and, where told, a white half. */
const frame = async (grey: number, half = grey): Promise<Buffer> => {
  const pixels = Buffer.alloc(640 * 480, grey).fill(half, 0, 320 * 480)
  return await sharp(pixels, { raw: { width: 640, height: 480, channels: 1 } })
    .jpeg()
    .toBuffer()
}

/** In place of video4linux's program: it gives this frame, or does what else its text says. */
const checkWith = async (given: Buffer | string, report?: CapabilityReport) => {
  const picture = join(folder, 'frame.jpeg')
  const program = join(folder, 'v4l2-ctl')
  if (typeof given !== 'string') writeFileSync(picture, given)
  const text =
    typeof given === 'string'
      ? given
      : `if (process.argv.includes('--stream-to=-')) process.stdout.write(require('node:fs').readFileSync('${picture}'))`
  writeFileSync(program, `#!${process.execPath}\n${text}\n`, { mode: 0o700 })
  const there = { present: true, ok: true }
  return await runSelfTest(
    cameraTest({ report: () => report ?? there, find: async () => '/dev/video0', program }),
    never,
  )
}

const theCamera = suite("the camera's self-test")

theCamera('tells how bright a frame is and how much it shows, and nothing else of it', async () => {
  assert.equal(await checkWith(await frame(0, 255)), {
    ok: true,
    detail: 'a frame; brightness 128, contrast 128 of 255',
  })
})

theCamera('fails where the lens is covered', async () => {
  assert.equal(await checkWith(await frame(3)), {
    ok: false,
    detail: 'shows nothing: covered, or in the dark; brightness 3, contrast 0 of 255',
  })
})

theCamera('fails where the camera gives nothing, half a picture or none', async () => {
  assert.equal(await checkWith("console.error('No such device'); process.exit(255)"), {
    ok: false,
    detail: 'gave no frame',
  })
  const whole = await frame(0, 255)
  for (const broken of [Buffer.alloc(0), whole.subarray(0, whole.length / 2), Buffer.from('no picture')]) {
    assert.equal(await checkWith(broken), { ok: false, detail: 'gave what is no picture' })
  }
})

theCamera('takes no frame from whoever uses the camera', async () => {
  const busy = "console.log('VIDIOC_S_FMT: failed: Device or resource busy'); process.exit(255)"
  assert.equal(await checkWith(busy), { ok: true, detail: 'is in use' })
})

theCamera('takes no frame where there is no camera, it is switched off or gone', async () => {
  const forbidden = "require('node:fs').writeFileSync(__filename + '.taken', '')"
  const off = { present: false, ok: true, detail: 'is switched off' }
  assert.equal(await checkWith(forbidden, off), { ok: true, skipped: true, detail: 'is switched off' })
  const gone = { present: false, ok: false, detail: 'The camera is gone' }
  assert.equal(await checkWith(forbidden, gone), { ok: false, detail: 'The camera is gone' })
  assert.not.ok(existsSync(join(folder, 'v4l2-ctl.taken')))
})

theCamera("is asked by video4linux's own program", async () => {
  const real = cameraTest({ report: () => ({ present: true, ok: true }), find: async () => '/dev/null' })
  assert.equal(await runSelfTest(real, never), { ok: false, detail: 'gave no frame' })
  const absent = cameraTest({
    ...{ report: () => ({ present: true, ok: true }), find: async () => '/dev/null' },
    program: join(folder, 'nothing'),
  })
  assert.equal(await runSelfTest(absent, never), {
    ...{ ok: true, skipped: true },
    detail: 'no program here can take a frame',
  })
})

theCamera.run()
