import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Semaphore } from '../../../fleet/documents/semaphore.ts'
import { settled } from '../../support/fleet.ts'

const aSemaphore = suite('a semaphore')

aSemaphore('lets so many act at a time, the others in the order in which they came', async () => {
  const semaphore = new Semaphore(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const works = [0, 1, 2, 3].map((number) =>
    semaphore.take(async () => {
      begun.push(number)
      await new Promise<void>((end) => ends.push(end))
      return number
    }),
  )
  await settled()
  assert.equal(begun, [0, 1])
  ends[1]?.()
  await settled()
  assert.equal(begun, [0, 1, 2])
  ends[0]?.()
  await settled()
  for (const end of ends) end()
  assert.equal(await Promise.all(works), [0, 1, 2, 3])
})

aSemaphore('gives the place of an act that failed to the next one', async () => {
  const semaphore = new Semaphore(1)
  const failed = semaphore.take(() => Promise.reject(new Error('failed'))).catch(() => 'failed')
  assert.is(await semaphore.take(async () => 'next'), 'next')
  assert.is(await failed, 'failed')
  assert.is(await semaphore.take(async () => 'after'), 'after')
})

aSemaphore.run()
