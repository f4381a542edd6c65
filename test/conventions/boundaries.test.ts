import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const boundaries = suite('Biome keeps the boundaries')

const rule = 'lint/style/noRestrictedImports'

const lint = (file: string, source: string): string => {
  const { stdout, stderr } = spawnSync(
    'node_modules/.bin/biome',
    ['lint', '--colors=off', `--stdin-file-path=${file}`],
    { encoding: 'utf8', input: source },
  )
  return stdout + stderr
}

const planted: readonly (readonly [name: string, file: string, source: string])[] = [
  ['protocol loads in a browser', 'protocol/planted.ts', 'node:fs'],
  ['protocol is a leaf', 'protocol/planted.ts', '../agent/capability.ts'],
  ['a capability schema is a leaf', 'protocol/capabilities/planted.ts', '../../fleet/fleet.ts'],
  ['vault is a leaf', 'vault/planted.ts', '../protocol/errors.ts'],
  ['documents serve both sides', 'documents/planted.ts', '../fleet/fleet.ts'],
  ['the fleet never imports the agent', 'fleet/planted.ts', '../agent/agent.ts'],
  ['a page never imports the agent', 'fleet/web/planted.ts', '../../agent/agent.ts'],
  ['the agent never imports the fleet', 'agent/planted.ts', '../fleet/fleet.ts'],
  ['the link never imports the fleet', 'agent/link/planted.ts', '../../fleet/fleet.ts'],
  ['a device library stands alone', 'agent/devices/ipp/planted.ts', '../../../protocol/errors.ts'],
  ['a capability imports no other', 'agent/capabilities/copier/planted.ts', '../scanner/index.ts'],
  ['a capability knows no transport', 'agent/capabilities/scanner/planted.ts', '../../link/upload.ts'],
]
for (const [name, file, source] of planted) {
  boundaries(name, () => {
    assert.match(lint(file, `import '${source}'\n`), rule)
  })
}

for (const file of [
  'agent/link/planted.ts',
  'fleet/planted.ts',
  'simulator/planted.ts',
  'documents/planted.ts',
]) {
  boundaries(`no shell from ${dirname(file)}`, () => {
    assert.match(lint(file, `import { exec } from 'node:child_process'\n\nexec('true')\n`), rule)
  })
}

boundaries('and lets a lawful import pass', () => {
  assert.not.match(lint('agent/link/planted.ts', `import '../../protocol/topics.ts'\n`), rule)
})

boundaries.run()
