import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { headerBytes, plainChunk, sealedChunk } from '../../vault/chunks.ts'
import { loadKey } from '../../vault/key.ts'
import { SealError } from '../../vault/seal-error.ts'
import { openSealed, sealedBytes, sealFile } from '../../vault/sealed-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'avyl-vault-'))
const path = join(folder, 'page')
const key = randomBytes(32)

const faultOf = async (act: Promise<unknown>): Promise<string> => {
  try {
    await act
  } catch (thrown) {
    assert.instance(thrown, SealError)
    return (thrown as SealError).fault
  }
  return 'none'
}
const read = (range = {}, withKey = key) => buffer(openSealed(path, withKey, range))

const aSealedFile = suite('a sealed file')

aSealedFile.after(() => rm(folder, { recursive: true }))

for (const size of [0, 1, plainChunk - 1, plainChunk, plainChunk + 1, 3 * plainChunk, 3 * plainChunk + 17]) {
  aSealedFile(`gives back ${size} bytes, knows their size and hash, and shows none of them`, async () => {
    const plain = randomBytes(size)
    const sealed = await sealFile(Readable.from([plain.subarray(0, 100), plain.subarray(100)]), path, key)
    assert.equal(sealed, { bytes: size, sha256: createHash('sha256').update(plain).digest('hex') })
    assert.ok(plain.equals(await read()))
    assert.is(await sealedBytes(path), size)
    assert.is((await stat(path)).mode & 0o777, 0o600)
    if (size >= 100) assert.is((await readFile(path)).indexOf(plain.subarray(0, 16)), -1)
  })
}

aSealedFile('gives any range of itself', async () => {
  const plain = randomBytes(2 * plainChunk + 100)
  await sealFile(plain, path, key)
  const ranges = [
    [0, 0],
    [0, plain.length - 1],
    [plainChunk - 1, plainChunk],
    [plainChunk, 2 * plainChunk - 1],
    [2 * plainChunk + 99, 2 * plainChunk + 99],
    [5, 10 ** 9],
  ] as const
  for (const [start, end] of ranges) {
    assert.ok(plain.subarray(start, end + 1).equals(await read({ start, end })), `${start}-${end}`)
  }
  assert.is(await faultOf(read({ start: plain.length + 1 })), 'bad-range')
  assert.is(await faultOf(read({ start: 10, end: 4 })), 'bad-range')
})

aSealedFile('is refused when one bit was changed anywhere', async () => {
  await sealFile(randomBytes(plainChunk + 50), path, key)
  const sealed = await readFile(path)
  for (const at of [
    0,
    7,
    8,
    headerBytes,
    headerBytes + plainChunk,
    headerBytes + sealedChunk,
    sealed.length - 1,
  ]) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    await writeFile(path, changed)
    assert.is(await faultOf(read()), 'damaged', `byte ${at}`)
  }
})

aSealedFile('is refused when it was cut off, at whatever place', async () => {
  await sealFile(randomBytes(2 * plainChunk), path, key)
  const sealed = await readFile(path)
  for (const length of [0, 8, headerBytes, headerBytes + 15, headerBytes + sealedChunk, sealed.length - 1]) {
    await writeFile(path, sealed)
    await truncate(path, length)
    assert.is(await faultOf(read()), 'damaged', `${length} bytes`)
  }
})

aSealedFile('is refused when its chunks were swapped, repeated or taken from another file', async () => {
  await sealFile(randomBytes(2 * plainChunk), path, key)
  const one = await readFile(path)
  await sealFile(randomBytes(2 * plainChunk), path, key)
  const two = await readFile(path)
  const chunk = (file: Buffer, number: number) =>
    file.subarray(headerBytes + number * sealedChunk, headerBytes + (number + 1) * sealedChunk)
  const header = two.subarray(0, headerBytes)
  const forgeries = [
    [header, chunk(two, 1), chunk(two, 0)],
    [header, chunk(two, 0), chunk(two, 0), chunk(two, 1)],
    [header, chunk(one, 0), chunk(two, 1)],
  ]
  for (const forgery of forgeries) {
    await writeFile(path, Buffer.concat(forgery))
    assert.is(await faultOf(read()), 'damaged')
  }
})

aSealedFile('opens with its own key alone', async () => {
  await sealFile(randomBytes(10), path, key)
  assert.is(await faultOf(read({}, randomBytes(32))), 'damaged')
  assert.is(await faultOf(read({}, randomBytes(16))), 'bad-key')
  assert.is(await faultOf(buffer(openSealed(join(folder, 'none'), key))), 'missing')
  assert.is(await faultOf(sealedBytes(join(folder, 'none'))), 'missing')
})

aSealedFile('leaves nothing behind when its source fails or is too large', async () => {
  await rm(path, { force: true })
  const broken = Readable.from(
    (async function* () {
      yield randomBytes(plainChunk * 2)
      throw new Error('the scanner went away')
    })(),
  )
  assert.is(await faultOf(sealFile(broken, path, key)), 'io')
  assert.is(await faultOf(sealFile(randomBytes(101), path, key, { maxBytes: 100 })), 'too-large')
  assert.is(await faultOf(sealFile(randomBytes(1), join(folder, 'no', 'such'), key)), 'missing')
  assert.equal(await readdir(folder), [])
})

aSealedFile.run()

const aKey = suite('a key')

aKey('is made once, private, and the same for all who ask', async () => {
  const home = await mkdtemp(join(tmpdir(), 'avyl-key-'))
  const file = join(home, 'artefacts.key')
  const keys = await Promise.all([loadKey(file), loadKey(file), loadKey(file)])
  for (const one of [...keys, await loadKey(file)])
    assert.equal(Buffer.from(one), Buffer.from(await readFile(file)))
  assert.is((await stat(file)).mode & 0o777, 0o600)
  assert.equal(await readdir(home), ['artefacts.key'])
  await writeFile(file, 'short')
  assert.is(await faultOf(loadKey(file)), 'bad-key')
  assert.is(await faultOf(loadKey(join(home, 'no', 'such.key'))), 'missing')
  await rm(home, { recursive: true })
})

aKey.run()
