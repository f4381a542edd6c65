import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createReserve } from '../../agent/reserve.ts'
import { scratch, silent } from '../support/agent-parts.ts'

const mebibyte = 1024 * 1024
const gibibyte = 1024 * mebibyte

/** A reserve on a disk that has as much room as the test says. */
const onADisk = (room: number) => {
  const folder = scratch()
  const disk = { room }
  const path = join(folder, 'reserve')
  return { ...createReserve(folder, silent, async () => disk.room), disk, path }
}

const aReserve = suite('the reserve of the disk')

aReserve('is made where there is room, with real bytes', async () => {
  const { look, path } = onADisk(gibibyte)
  await look()
  const { size, blocks } = statSync(path)
  assert.is(size, 16 * mebibyte)
  assert.ok(blocks * 512 >= size, 'no hole')
})

aReserve('is given up when the disk is full, and comes again when there is room for much more', async () => {
  const { look, disk, path } = onADisk(gibibyte)
  await look()
  disk.room = 100 * mebibyte
  await look()
  assert.ok(existsSync(path), 'there is room yet')
  disk.room = 1000
  await look()
  assert.not.ok(existsSync(path))
  disk.room = 17 * mebibyte
  await look()
  assert.not.ok(existsSync(path), 'what was given up is not taken back at once')
  disk.room = gibibyte
  await look()
  assert.ok(existsSync(path))
})

aReserve('that a power cut left half is made whole', async () => {
  const { look, path } = onADisk(gibibyte)
  writeFileSync(path, 'half')
  await look()
  assert.is(statSync(path).size, 16 * mebibyte)
})

aReserve('is given up while the agent runs', async () => {
  const folder = scratch()
  writeFileSync(join(folder, 'reserve'), 'held')
  const stopped = new AbortController()
  let looks = 0
  const free = async () => {
    looks += 1
    if (looks === 3) stopped.abort()
    return looks === 1 ? gibibyte / 16 : 1000
  }
  await createReserve(folder, silent, free, 1).run(stopped.signal)
  assert.is(looks, 3)
  assert.not.ok(existsSync(join(folder, 'reserve')))
})

aReserve('hurts nobody when the disk says nothing', async () => {
  const folder = scratch()
  await createReserve(folder, silent, () => Promise.reject(new Error('i/o error'))).look()
  assert.not.ok(existsSync(join(folder, 'reserve')))
})

aReserve.run()
