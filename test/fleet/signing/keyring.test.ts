import { createPublicKey, verify } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../../../fleet/problem.ts'
import { announceMs, Keyring } from '../../../fleet/signing/keyring.ts'
import { believedMs } from '../../../fleet/signing/ring.ts'
import { signedText } from '../../../protocol/signing.ts'
import { SealError } from '../../../vault/seal-error.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'

const key = Buffer.alloc(32, 7)

/** A keyring in a folder of its own; everything it had certified is kept. */
const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-signing-'))
  const file = join(folder, 'signing-keys')
  const clock = new StoppedClock()
  const certified: string[] = []
  const begin = async () => {
    const certify = (text: string) => {
      certified.push(text)
      return { signature: `of ${certified.length}`, certificates: 'PEM' }
    }
    const keyring = new Keyring({ file, key, certify, clock, log: silent })
    await keyring.start()
    return keyring
  }
  return {
    ...{ file, clock, certified, begin },
    keyring: await begin(),
    close: (keyring: Keyring) => keyring.stop().then(() => rm(folder, { recursive: true })),
  }
}

/** Whether this keyring's own list proves what it signs. */
const proves = (keyring: Keyring, text = 'a text'): boolean => {
  const { key: id, value } = keyring.sign(text)
  const x = keyring.keys.keys.find((known) => known.id === id)?.publicKey
  if (x === undefined) return false
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, Buffer.from(text), publicKey, Buffer.from(value, 'base64url'))
}

const refused = async (act: Promise<unknown>, code: string) => {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, ProblemError)
  assert.is((error as ProblemError).code, code)
}

const theKeys = suite("the fleet's signing keys")

theKeys('are made at the first start, sealed, and the same at the next one', async () => {
  const { keyring, begin, file, close } = await open()
  assert.ok(proves(keyring))
  const [made] = keyring.list()
  assert.is(made?.state, 'signing')
  const bytes = await readFile(file)
  assert.not.ok(bytes.includes('PRIVATE KEY'))
  assert.is((await stat(file)).mode & 0o777, 0o600)
  await keyring.stop()
  const again = await begin()
  assert.equal(again.list(), [made])
  assert.ok(proves(again))
  await close(again)
})

theKeys('that are damaged are not replaced in silence', async () => {
  const { keyring, begin, file, close } = await open()
  const bytes = await readFile(file)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  await writeFile(file, bytes)
  const error = await begin().catch((thrown: unknown) => thrown)
  assert.instance(error, SealError)
  await close(keyring)
})

theKeys('are certified as one list, and again before its certificates can be old', async () => {
  const { keyring, clock, certified, close } = await open()
  const { keys, issuedAt, certificates, signature } = keyring.keys
  assert.equal(certified, [signedText.keys({ keys, issuedAt })])
  assert.equal([certificates, signature], ['PEM', 'of 1'])
  await clock.pass(59 * 60_000)
  assert.is(certified.length, 1)
  await clock.pass(2 * 60_000)
  assert.is(certified.length, 2)
  assert.ok(keyring.keys.issuedAt > issuedAt)
  await close(keyring)
})

theKeys('roll over: announced, used, believed until nothing of them can be valid', async () => {
  const { keyring, clock, close } = await open()
  let changes = 0
  const changed = Promise.withResolvers<void>()
  const leave = keyring.watch(() => {
    changes += 1
    changed.resolve()
  })
  const [old] = keyring.list()
  const next = await keyring.rotate()
  assert.is(next.state, 'announced')
  assert.equal(
    keyring.keys.keys.map(({ id }) => id),
    [next.id, old?.id],
  )
  assert.is(keyring.sign('a').key, old?.id)
  await refused(keyring.rotate(), 'conflict')
  assert.is(changes, 0)
  await clock.pass(announceMs)
  assert.is(keyring.sign('a').key, next.id)
  assert.ok(proves(keyring))
  await changed.promise
  assert.is(changes, 1, 'what is retained is signed anew')
  assert.equal(
    keyring.list().map(({ state }) => state),
    ['signing', 'retired'],
  )
  await clock.pass(believedMs)
  await keyring.stop()
  assert.equal(
    keyring.keys.keys.map(({ id }) => id),
    [next.id],
  )
  leave()
  await close(keyring)
})

theKeys('roll over at once when that is asked', async () => {
  const { keyring, close } = await open()
  const { id, state } = await keyring.rotate(0)
  assert.is(state, 'signing')
  assert.is(keyring.sign('a').key, id)
  assert.ok(proves(keyring))
  await close(keyring)
})

theKeys('lose a revoked one at once, also over a new start', async () => {
  const { keyring, begin, close } = await open()
  const [stolen] = keyring.list()
  const { issuedAt } = keyring.keys
  await keyring.revoke(stolen?.id ?? '')
  const known = keyring.keys.keys.map(({ id }) => id)
  assert.not.ok(known.includes(stolen?.id ?? ''))
  assert.is(known.length, 1)
  assert.ok(keyring.keys.issuedAt > issuedAt, 'terminals take the new list')
  assert.ok(proves(keyring))
  await refused(keyring.revoke(stolen?.id ?? ''), 'not-found')
  await keyring.stop()
  const again = await begin()
  assert.equal(
    again.keys.keys.map(({ id }) => id),
    known,
  )
  await close(again)
})

theKeys('stay as they were when the authority does not certify the new ones', async () => {
  const { keyring, file, clock, close } = await open()
  const before = keyring.keys
  await keyring.stop()
  let works = true
  const broken = new Keyring({
    ...{ file, key, clock, log: silent },
    certify: () => {
      if (!works) throw new Error('The authority is away')
      return { signature: '', certificates: '' }
    },
  })
  await broken.start()
  works = false
  const error = await broken.rotate(0).catch((thrown: unknown) => thrown)
  assert.instance(error, Error)
  assert.equal(broken.keys.keys, before.keys)
  assert.ok(proves(broken))
  await close(broken)
})

theKeys('are not there before the start', () => {
  const keyring = new Keyring({
    ...{ file: '/nonexistent', key, clock: new StoppedClock(), log: silent },
    certify: () => ({ signature: '', certificates: '' }),
  })
  assert.throws(() => keyring.keys, /not there yet/)
  assert.throws(() => keyring.sign('a'), /no key/)
})

theKeys.run()
