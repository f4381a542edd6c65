import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const runner = suite('the test runner')

const run = (...files: string[]) => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      'test/run.ts',
      '--time-limit',
      '6',
      ...files.flatMap((file) => ['--only', `test/fixtures/runner/${file}.ts`]),
    ],
    { encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: '' } },
  )
  const lines = stdout.trimEnd().split('\n')
  return { stdout, status, closing: lines.at(-1) }
}

runner('is green for a green file', () => {
  const { status, closing } = run('green')
  assert.is(closing, '1 passed, 0 failed, 0 skipped')
  assert.is(status, 0)
})

const reds: readonly (readonly [name: string, file: string, complaint: RegExp])[] = [
  ['a failing test', 'red', /a test failed or never ran/],
  ['a before hook that throws', 'before-throws', /the broker did not start[\s\S]*a test failed or never ran/],
  [
    'an after.each hook that throws',
    'after-each-throws',
    /the folder is still in use[\s\S]*a hook of a suite/,
  ],
  ['a test whose after.each hook throws too', 'red-and-after-each-throws', /two is not[\s\S]*still in use/],
  ['a forgotten .run()', 'run-missing', /is \.run\(\) missing/],
  ['a suite without a test', 'empty-suite', /a suite without a test/],
  ['a handle left open', 'handle-left-open', /left open/],
  ['a promise that never settles', 'never-settles', /before its tests were finished/],
  ['a test that hangs', 'hangs', /did not end within 6 s/],
  ['a rejection that nobody handles', 'unhandled-rejection', /FAIL/],
  ['a process left behind', 'process-left-behind', /left processes behind/],
]
for (const [name, file, complaint] of reds) {
  runner(`is red for ${name}`, () => {
    const { stdout, status, closing } = run(file)
    assert.match(stdout, complaint)
    assert.match(closing ?? '', /^\d+ passed, [1-9]\d* failed, 0 skipped$/)
    assert.is(status, 1)
  })
}

runner('takes what it started along when it is broken off', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const child = spawn(
    process.execPath,
    ['test/run.ts', '--only', 'test/fixtures/runner/tells-its-process.ts'],
    { stdio: 'ignore', env: { ...process.env, NODE_V8_COVERAGE: '', TEST_PORT: String(port) } },
  )
  const [line] = (await once(listener, 'connection')) as [Socket]
  line.on('error', () => {}).resume()
  const gone = Promise.all([once(child, 'exit'), once(line, 'close')])
  child.kill('SIGTERM')
  const [[status]] = await gone
  assert.is(status, 1)
  listener.close()
})

runner('is red when no file matches', () => {
  const { status } = spawnSync(process.execPath, ['test/run.ts', '--pattern', 'nothing-is-called-so'], {
    env: { ...process.env, NODE_V8_COVERAGE: '' },
  })
  assert.is(status, 1)
})

runner('counts the green beside the red', () => {
  const { status, closing } = run('green', 'red')
  assert.is(closing, '1 passed, 1 failed, 0 skipped')
  assert.is(status, 1)
})

runner.run()
