import { setImmediate as breathe } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Signs } from '../../../fleet/alerts/signs.ts'
import { Turns } from '../../../fleet/turns.ts'

const unexpected = (error: unknown) => assert.unreachable(`${error}`)

const theSigns = suite('the signs')

theSigns('of all at once are judged in their order, and others have their turn meanwhile', async () => {
  const judged: number[] = []
  const saved: number[] = []
  const save = async () => void saved.push(judged.length)
  const turns = new Turns()
  const signs = new Signs(() => void turns.take('signs', () => signs.judge(save, unexpected)))
  for (let number = 0; number < 700; number++) signs.add(() => judged.push(number))
  await breathe()
  assert.ok(judged.length > 0 && judged.length < 700, `${judged.length}`)
  await turns.idle()
  assert.equal(
    judged,
    Array.from({ length: 700 }, (_, number) => number),
  )
  assert.is(saved.at(-1), 700)
  assert.ok(saved.length < 70, 'what comes of many is written together')
})

theSigns('of one name are one while it waits, and come again afterwards', async () => {
  const judged: string[] = []
  let begun = 0
  const signs = new Signs(() => {
    begun += 1
  })
  const judge = () => signs.judge(async () => {}, unexpected)
  for (const name of ['t1', 't2', 't1']) signs.add(() => judged.push(name), name)
  assert.is(begun, 1)
  await judge()
  signs.add(() => judged.push('t1 again'), 't1')
  assert.is(begun, 2)
  await judge()
  assert.equal(judged, ['t1', 't2', 't1 again'])
})

theSigns('that cannot be judged or written leave the others as they are', async () => {
  const errors: unknown[] = []
  let judged = 0
  const signs = new Signs(() => {})
  signs.add(() => {
    throw new Error('a sign')
  })
  for (let number = 0; number < 100; number++)
    signs.add(() => {
      judged += 1
    })
  await signs.judge(
    () => Promise.reject(new Error('the store')),
    (error) => errors.push((error as Error).message),
  )
  assert.is(judged, 100)
  assert.equal(errors[0], 'a sign')
  assert.ok(errors.includes('the store'))
})

theSigns.run()
