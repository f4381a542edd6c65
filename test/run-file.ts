import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import type { FileResult } from './run.ts'

/** The process of one test file: imports it, runs its suites, tells `test/run.ts` what came of it. */
type Suite = () => Promise<readonly [errors: string | true, passed: number, skipped: number, total: number]>

const queue: Suite[][] = [[]]
Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: queue, UVU_INDEX: 0 })

const file = process.argv[2] ?? ''
const complaints: string[] = []
let passed = 0
let skipped = 0

const { brokenHooks } = await import('./suite.ts')
const ownSuite = new URL('suite.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'uvu' ? ownSuite : specifier, context),
})
await import(pathToFileURL(file).href)
const suites = queue[0] ?? []
if (suites.length === 0) complaints.push('holds no suite that was run: is .run() missing?')
for (const suite of suites) {
  try {
    const [errors, done, left, total] = await suite()
    passed += done
    skipped += left
    if (errors !== true) process.stdout.write(`\n${errors}\n`)
    if (total === 0) complaints.push('a suite without a test')
    // A hook that throws makes uvu forget the tests behind it, and its own verdict stays green.
    for (let missing = total - done; missing > 0; missing -= 1) complaints.push('a test failed or never ran')
    for (const thrown of brokenHooks.splice(0)) {
      process.stdout.write(`\na hook of a suite: ${inspect(thrown)}\n`)
      complaints.push('a hook of a suite failed')
    }
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    complaints.push('a hook of a suite failed')
  }
}

const result: FileResult = { passed, skipped, complaints }
const tell = (said: FileResult): Promise<void> =>
  new Promise((told) => {
    process.send?.(said, () => told())
  })
await tell(result)
process.exitCode = complaints.length === 0 ? 0 : 1

// uvu never exits by itself: what still holds the loop a while later would hold the whole run.
setTimeout(async () => {
  const open = process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Timeout' && !kind.startsWith('Pipe'))
  await tell({
    ...result,
    complaints: [...complaints, `left open: ${open.join(', ') || 'a timer or a pipe'}`],
  })
  process.exit(1)
}, 5000).unref()
