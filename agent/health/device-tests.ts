import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Check } from 'typebox/value'
import { ProbeAnswer, door as paths } from '../../protocol/door.ts'
import type { CapabilityReport } from '../../protocol/messages.ts'
import { type Door, readBounded } from '../link/https.ts'
import { outputOf, ProgramFailed } from './program.ts'
import type { SelfTest } from './selftests.ts'

const echoBytes = 16 * 1024

/** Brings bytes that nobody could foresee to the fleet, and compares what arrived. */
export const uploadTest = (door: Pick<Door, 'ask'>): SelfTest => ({
  name: 'upload',
  async check(signal) {
    const body = randomBytes(echoBytes)
    const since = performance.now()
    const answer = await door.ask({ method: 'PUT', path: paths.probe, body, signal })
    const text = (await readBounded(answer, 4096)).toString('utf8')
    const took = Math.round(performance.now() - since)
    if (answer.statusCode === 429) return { ok: true, busy: true, detail: 'the fleet has no time for it now' }
    const got: unknown = answer.statusCode === 200 ? JSON.parse(text) : undefined
    if (!Check(ProbeAnswer, got)) return { ok: false, detail: `the fleet answered ${answer.statusCode}` }
    const ok = got.bytes === body.length && got.sha256 === createHash('sha256').update(body).digest('hex')
    return {
      ok,
      detail: `${got.bytes} of ${body.length} bytes in ${took} ms, hash ${ok ? 'as sent' : 'differs'}`,
    }
  },
})

/** What is only looked at: it is there, or it is not. */
export const presenceTest = (name: string, report: () => CapabilityReport | undefined): SelfTest => ({
  name,
  async check() {
    const found = report()
    if (!found || (!found.present && found.ok)) {
      return { ok: true, skipped: true, detail: found?.detail ?? 'is not known to be there' }
    }
    if (!found.ok) return { ok: false, detail: found.detail ?? 'does not answer' }
    return { ok: true, detail: 'answers' }
  },
})

/** One second of sound: 16 bits, 16000 a second, one channel. */
const sound = ['-q', '-d', '1', '-t', 'raw', '-f', 'S16_LE', '-r', '16000', '-c', '1']

/** How loud samples of 16 bits are, in dB below the loudest possible. */
const levelOf = (samples: Buffer): number => {
  const count = samples.length >> 1
  let sum = 0
  for (let index = 0; index < count; index += 1) sum += samples.readInt16LE(2 * index) ** 2
  return 20 * Math.log10(Math.sqrt(sum / count) / 32_768)
}

/**
 * The noise floor of the microphone, by ALSA's own program; the sound itself is forgotten at once. A microphone that
 * gives the same value throughout is dead: a live one always hears something.
 */
export const microphoneTest = (devices = '/proc/asound/pcm', program = 'arecord'): SelfTest => ({
  name: 'microphone',
  async check(signal) {
    const known = await readFile(devices, 'latin1').catch(() => '')
    if (!known.includes('capture')) return { ok: true, skipped: true, detail: 'is not known to be there' }
    try {
      const samples = await outputOf(program, sound, { signal, maxBytes: 256 * 1024 })
      if (samples.length < 3200) return { ok: false, detail: `${samples.length} bytes of sound in a second` }
      const level = levelOf(samples)
      if (level === Number.NEGATIVE_INFINITY) return { ok: false, detail: 'is silent to the last bit' }
      return { ok: true, detail: `noise floor ${level.toFixed(0)} dB` }
    } catch (thrown) {
      signal.throwIfAborted()
      if (thrown instanceof ProgramFailed && thrown.missing)
        return { ok: true, skipped: true, detail: 'no program here can record' }
      throw new Error('could not be recorded from', { cause: thrown })
    }
  },
})
