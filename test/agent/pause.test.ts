import { getEventListeners } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pause } from '../../agent/pause.ts'

const long = 3_600_000
const test = suite('a pause')

test('ends with news, with the signal, and with its time, and leaves nobody waiting at the signal', async () => {
  const never = new Promise<void>(() => {})
  const stopping = new AbortController()
  const { signal } = stopping
  const news = Promise.withResolvers<void>()
  const untilNews = pause(news.promise, long, signal)
  assert.is(getEventListeners(signal, 'abort').length, 1)
  news.resolve()
  await untilNews
  await pause(never, 1, signal)
  assert.is(getEventListeners(signal, 'abort').length, 0)
  const untilStop = pause(never, long, signal)
  stopping.abort()
  await untilStop
  await pause(never, long, signal)
})

test.run()
