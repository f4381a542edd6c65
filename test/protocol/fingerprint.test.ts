import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyFingerprint } from '../../protocol/fingerprint.ts'

const fingerprint = suite('the fingerprint of a key')

const sha256 = (text: string) => createHash('sha256').update(text).digest()

fingerprint('is twelve digits in groups that a person can read out', () => {
  assert.is(keyFingerprint(sha256('a key')), '0543 1385 8974')
})

fingerprint('keeps its leading zeros', () => {
  const bytes = new Uint8Array(32)
  bytes[7] = 5
  assert.is(keyFingerprint(bytes), '0000 0000 0005')
})

fingerprint('reads only the bytes it is given of a larger memory', () => {
  const memory = new Uint8Array(100).fill(7)
  memory.set(sha256('a key'), 11)
  assert.is(keyFingerprint(memory.subarray(11, 43)), keyFingerprint(sha256('a key')))
})

fingerprint('differs between keys', () => {
  const all = new Set(Array.from({ length: 1000 }, (_, index) => keyFingerprint(sha256(`key ${index}`))))
  assert.is(all.size, 1000)
})

fingerprint('is of a SHA-256 and of nothing else', () => {
  assert.throws(() => keyFingerprint(new Uint8Array(20)), RangeError)
})

fingerprint.run()
