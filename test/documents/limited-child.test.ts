import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DocumentError } from '../../documents/document-error.ts'
import { type ChildLimits, runLimited } from '../../documents/limited-child.ts'

const limits: ChildLimits = { memoryMiB: 256, cpuSeconds: 5, timeoutMs: 5000, outputBytes: 100_000 }
const never = new AbortController().signal

const child = suite('a child under limits')

child('gives its status, its output and its complaints', async () => {
  const ended = await runLimited('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'], limits, never)
  assert.is(ended.status, 3)
  assert.is(ended.limit, undefined)
  assert.is(ended.output.toString(), 'out\n')
  assert.is(ended.errors, 'err\n')
})

child('gets nothing of our environment', async () => {
  process.env.AVYL_TEST_SECRET = 'secret'
  const { output } = await runLimited('env', [], limits, never, { OMP_THREAD_LIMIT: '1' })
  assert.not.match(output.toString(), 'AVYL_TEST_SECRET')
  assert.match(output.toString(), 'OMP_THREAD_LIMIT=1')
})

child('is ended by the clock', async () => {
  const { limit, status } = await runLimited('sleep', ['30'], { ...limits, timeoutMs: 20 }, never)
  assert.is(limit, 'time')
  assert.is(status, null)
})

child('is ended by the processor time it uses', async () => {
  const spin = ['-c', 'while :; do :; done']
  const { limit } = await runLimited('/bin/sh', spin, { ...limits, cpuSeconds: 1, timeoutMs: 20_000 }, never)
  assert.is(limit, 'time')
})

child('is ended by the bytes it writes', async () => {
  const { limit, output } = await runLimited('yes', [], limits, never)
  assert.is(limit, 'output')
  assert.ok(output.length < 2 * 1024 * 1024)
})

child('cannot take more memory than it may', async () => {
  const hungry = ['-c', 'head -c 100000000 /dev/zero | tail']
  const { status } = await runLimited('/bin/sh', hungry, { ...limits, memoryMiB: 32 }, never)
  assert.is.not(status, 0)
})

child('ends with the signal, by its reason', async () => {
  const aborter = new AbortController()
  const reason = new Error('enough')
  const ended = runLimited('sleep', ['30'], limits, aborter.signal)
  aborter.abort(reason)
  try {
    await ended
    assert.unreachable()
  } catch (thrown) {
    assert.is(thrown, reason)
  }
})

child('that is not installed has a name for it', async () => {
  try {
    await runLimited('avyl-no-such-program', [], limits, never)
    assert.unreachable()
  } catch (thrown) {
    assert.instance(thrown, DocumentError)
    assert.is((thrown as DocumentError).kind, 'tool-missing')
  }
})

child.run()
