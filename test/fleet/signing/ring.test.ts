import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  believedMs,
  keyStates,
  makeKey,
  type Ring,
  signingKey,
  tendRing,
  withoutKey,
} from '../../../fleet/signing/ring.ts'

const start = 1_700_000_000_000
const hour = 3_600_000
const names = (ring: Ring, now: number) =>
  ring.map(
    ({ privateKey }, place) => `${keyStates(ring, now)[place]}${privateKey ? '' : ', public half only'}`,
  )

const theRing = suite('the ring of signing keys')

theRing('gets its first key when it is empty', () => {
  const ring = tendRing([], start)
  assert.equal(names(ring, start), ['signing'])
  assert.match(ring[0]?.id ?? '', /^[0-9a-f]{16}$/)
  assert.is(Buffer.from(ring[0]?.publicKey ?? '', 'base64url').length, 32)
  assert.is(tendRing(ring, start + hour), ring, 'nothing changes without a reason')
})

theRing(
  'lets an announced key sign when its time has come, and takes the private half of the one before',
  () => {
    const first = makeKey(start)
    const second = makeKey(start, start + hour)
    const ring = tendRing([second, first], start)
    assert.equal(names(ring, start), ['announced', 'signing'])
    assert.is(signingKey(ring, start + hour - 1)?.id, first.id)
    assert.is(signingKey(ring, start + hour)?.id, second.id)
    const later = tendRing(ring, start + hour)
    assert.equal(names(later, start + hour), ['signing', 'retired, public half only'])
  },
)

theRing('forgets a key when nothing it signed can be believed any longer', () => {
  const [first, second] = [makeKey(start), makeKey(start, start + hour)]
  const ring = tendRing([second, first], start + hour)
  assert.is(tendRing(ring, start + hour + believedMs - 1).length, 2)
  const left = tendRing(ring, start + hour + believedMs)
  assert.equal(
    left.map(({ id }) => id),
    [second.id],
  )
})

theRing('never holds more than five keys, however often they change', () => {
  let ring: Ring = []
  for (let count = 0; count < 9; count += 1) ring = tendRing([makeKey(start + count), ...ring], start + count)
  assert.is(ring.length, 5)
  assert.is(signingKey(ring, start + 9)?.signsFrom, start + 8)
})

theRing('signs on with what it has when the clock is set back', () => {
  const ring = tendRing([makeKey(start)], start)
  assert.is(signingKey(ring, start - hour)?.id, ring[0]?.id)
  assert.is(tendRing(ring, start - hour), ring)
  const changed = tendRing([makeKey(start + hour), ...ring], start + hour)
  assert.is(signingKey(changed, start)?.id, changed[0]?.id, 'a key without a private half signs nothing')
})

theRing('without the key that signs goes on with the announced one at once', () => {
  const [first, second] = [makeKey(start), makeKey(start, start + hour)]
  const ring = withoutKey([second, first], first.id, start)
  assert.equal(names(ring, start), ['signing'])
  assert.is(signingKey(ring, start)?.id, second.id)
})

theRing('without its only key goes on with a new one', () => {
  const first = makeKey(start)
  const ring = withoutKey([first], first.id, start)
  assert.equal(names(ring, start), ['signing'])
  assert.is.not(ring[0]?.id, first.id)
})

theRing('without the key that signs does not go back to a retired one', () => {
  const ring = tendRing([makeKey(start + hour), makeKey(start)], start + hour)
  const left = withoutKey(ring, ring[0]?.id ?? '', start + hour)
  assert.equal(names(left, start + hour), ['signing', 'retired, public half only'])
  assert.is(left[1]?.id, ring[1]?.id)
})

theRing('without another key signs with the same one', () => {
  const [first, second] = [makeKey(start), makeKey(start, start + hour)]
  assert.equal(withoutKey([second, first], second.id, start), [first])
})

theRing.run()
