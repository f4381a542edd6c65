import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const house = suite('the house keeps its rules')

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .trimEnd()
  .split('\n')
  .filter((file) => existsSync(file))
const sources = tracked.filter((file) => /\.(ts|tsx)$/.test(file) && !file.startsWith('test/'))

const holding = (pattern: RegExp, files: readonly string[]): readonly string[] =>
  files.filter((file) => pattern.test(readFileSync(file, 'utf8')))

house('spells topics in protocol/topics.ts only', () => {
  assert.equal(holding(/avyl\/1\//, sources), ['protocol/topics.ts'])
})

house('starts no child through a shell', () => {
  assert.equal(holding(/\bshell: *(true|'|")/, sources), [])
})

house('has no folder that names nothing', () => {
  const empty = /(^|\/)(utils?|helpers?|common|managers?|services?)(\/|\.ts$)/
  assert.equal(
    tracked.filter((file) => empty.test(file)),
    [],
  )
})

house('names the hosts of no package registry', () => {
  assert.not.match(readFileSync('package-lock.json', 'utf8'), /"resolved": "http/)
})

house('has a map in which every path exists', () => {
  const paths = [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/`([a-z][\w.-]*\/[\w./-]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  assert.ok(paths.length > 20)
  assert.equal(
    paths.filter((path) => !existsSync(path)),
    [],
  )
})

house.run()
