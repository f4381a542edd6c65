import { type ChildProcess, fork } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

/**
 * Runs every test file in a process of its own, and closes what uvu leaves open: a file that runs no test, a hook that
 * throws, a test that never ends, a handle or a process that stays behind. Its last line is
 * `N passed, N failed, N skipped`; it exits 0 only when nothing failed and something passed.
 */
const { values: options } = parseArgs({
  options: {
    root: { type: 'string', default: 'test' },
    pattern: { type: 'string', default: '\\.test\\.ts$' },
    only: { type: 'string', multiple: true, default: [] },
    'time-limit': { type: 'string', default: '120' },
    // One more than there are cores: many files wait for devices, lines and programs.
    parallel: { type: 'string', default: String(availableParallelism() + 1) },
  },
})

/** What the process of one file says at its end. */
export interface FileResult {
  readonly passed: number
  readonly skipped: number
  /** Failed tests, and what is wrong with the file itself. */
  readonly complaints: readonly string[]
}

/** `*.long.test.ts` pull plugs and start whole villages, `*.fuzz.test.ts` try a parser a hundred thousand times. */
const isLong = (file: string): boolean => /\.(long|fuzz)\.test\.ts$/.test(file)

const timeLimitMs = (file: string): number => Number(options['time-limit']) * 1000 * (isLong(file) ? 5 : 1)

/**
 * Counting every branch of a hundred thousand tries would be what is measured then, and writing the counts down what
 * most processes that are killed again and again do: those files are not counted.
 */
const isUncounted = (file: string): boolean => /\.fuzz\.test\.ts$|\/power-cut\./.test(file)

/** What Node has compiled, types stripped, for all processes of this run: a third of what one takes to start. */
const compiled = mkdtempSync(join(tmpdir(), 'avyl-compiled-'))
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))

const environmentOf = (file: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: '1',
  NODE_COMPILE_CACHE: compiled,
  ...(isUncounted(file) ? { NODE_V8_COVERAGE: '' } : {}),
})

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals | 0): boolean => {
  if (child.pid === undefined) return false
  try {
    process.kill(-child.pid, signal)
    return true
  } catch {
    return false
  }
}

/** What was started by a process that is killed needs a moment to see it; what is there after that was left behind. */
const leavesProcesses = async (child: ChildProcess): Promise<boolean> => {
  for (let looks = 0; looks < 50 && signalGroup(child, 0); looks += 1) await sleep(100)
  return signalGroup(child, 'SIGKILL')
}

const running = new Set<ChildProcess>()

// Each file leads a process group of its own, so nobody else would end them when this run is broken off.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) signalGroup(child, 'SIGKILL')
    process.exit(1)
  })
}

const runFile = (file: string): Promise<FileResult> =>
  new Promise((settle) => {
    const child = fork(resolve(import.meta.dirname, 'run-file.ts'), [resolve(file)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: environmentOf(file),
    })
    running.add(child)
    const since = performance.now()
    const output: Buffer[] = []
    child.stdout?.on('data', (piece: Buffer) => output.push(piece))
    child.stderr?.on('data', (piece: Buffer) => output.push(piece))
    let result: FileResult | undefined
    let late = false
    child.on('message', (message) => {
      result = message as FileResult
    })
    const limit = setTimeout(() => {
      late = true
      signalGroup(child, 'SIGKILL')
    }, timeLimitMs(file))
    child.on('exit', async (code, signal) => {
      clearTimeout(limit)
      running.delete(child)
      const leftBehind = await leavesProcesses(child)
      const complaints = [...(result?.complaints ?? [])]
      if (late) complaints.push(`did not end within ${timeLimitMs(file) / 1000} s`)
      else if (result === undefined)
        complaints.push(`ended (${signal ?? code}) before its tests were finished`)
      else if (code !== 0 && complaints.length === 0) complaints.push(`exit status ${signal ?? code}`)
      else if (leftBehind) complaints.push('left processes behind')
      const { passed = 0, skipped = 0 } = result ?? {}
      const seconds = Math.round((performance.now() - since) / 1000)
      console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${file} (${passed} passed, ${seconds} s)`)
      if (complaints.length > 0) {
        console.log(Buffer.concat(output).toString().replace(/^/gm, '     '))
        for (const complaint of complaints) console.log(`     ! ${complaint}`)
      }
      settle({ passed, skipped, complaints })
    })
  })

const pattern = new RegExp(options.pattern)
const files =
  options.only.length > 0
    ? options.only
    : globSync('**/*.ts', { cwd: options.root })
        .filter((file) => pattern.test(file))
        .map((file) => `${options.root}/${file}`)
        .sort()
        // The long ones first, so that none is left alone at the end.
        .sort((one, other) => Number(isLong(other)) - Number(isLong(one)))

const waiting = [...files]
const results: FileResult[] = []
const lane = async (): Promise<void> => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
    results.push(await runFile(file))
}
await Promise.all(Array.from({ length: Number(options.parallel) }, lane))

const sum = (count: (result: FileResult) => number): number =>
  results.reduce((total, result) => total + count(result), 0)
const passed = sum((result) => result.passed)
const failed = sum((result) => result.complaints.length)
if (files.length === 0) console.log(`no file below ${options.root} matches ${options.pattern}`)
console.log(`${passed} passed, ${failed} failed, ${sum((result) => result.skipped)} skipped`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
