import { randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SealError } from '../../vault/seal-error.ts'
import { openSecret, sealSecret } from '../../vault/sealed-secret.ts'

const key = Buffer.alloc(32, 1)
const plain = Buffer.from('a small secret')

const faultOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof SealError) return error.fault
    throw error
  }
  return 'none'
}

const aSealedSecret = suite('a sealed secret')

aSealedSecret('opens with its key and its context only, and no bit of it can be another one', () => {
  const sealed = sealSecret(key, 'user 1', plain)
  assert.equal(openSecret(key, 'user 1', sealed), plain)
  assert.is(sealed.includes(plain), false)
  assert.is.not(sealed.toString('hex'), sealSecret(key, 'user 1', plain).toString('hex'))
  assert.is(
    faultOf(() => openSecret(key, 'user 2', sealed)),
    'damaged',
  )
  assert.is(
    faultOf(() => openSecret(randomBytes(32), 'user 1', sealed)),
    'damaged',
  )
  for (let at = 0; at < sealed.length; at++) {
    const other = Buffer.from(sealed)
    other.writeUInt8((other.at(at) ?? 0) ^ 1, at)
    assert.is(
      faultOf(() => openSecret(key, 'user 1', other)),
      'damaged',
      `byte ${at}`,
    )
  }
  for (const length of [0, 31, 32, 40, sealed.length - 1]) {
    assert.is(
      faultOf(() => openSecret(key, 'user 1', sealed.subarray(0, length))),
      'damaged',
      `${length} bytes`,
    )
  }
  assert.is(
    faultOf(() => sealSecret(Buffer.alloc(16), 'user 1', plain)),
    'bad-key',
  )
})

aSealedSecret.run()
