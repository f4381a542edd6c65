import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Planted {
  readonly name: string
  readonly file: string
  readonly source: string
}

const forbidden: readonly Planted[] = [
  { name: 'protocol loads in a browser', file: 'protocol/a.ts', source: `import 'node:fs'` },
  { name: 'protocol is a leaf', file: 'protocol/b.ts', source: `import '../agent/capability.ts'` },
  {
    name: 'a capability schema is a leaf',
    file: 'protocol/capabilities/a.ts',
    source: `import '../../fleet/a.ts'`,
  },
  { name: 'vault is a leaf', file: 'vault/a.ts', source: `import '../protocol/errors.ts'` },
  { name: 'documents serve both sides', file: 'documents/a.ts', source: `import '../fleet/fleet.ts'` },
  { name: 'the fleet never imports the agent', file: 'fleet/a.ts', source: `import '../agent/agent.ts'` },
  { name: 'a page never imports the agent', file: 'fleet/web/a.ts', source: `import '../../agent/agent.ts'` },
  { name: 'the agent never imports the fleet', file: 'agent/a.ts', source: `import '../fleet/fleet.ts'` },
  { name: 'the link never imports the fleet', file: 'agent/link/a.ts', source: `import '../../fleet/a.ts'` },
  {
    name: 'a device library stands alone',
    file: 'agent/devices/ipp/a.ts',
    source: `import '../../../protocol/a.ts'`,
  },
  {
    name: 'a capability imports no other',
    file: 'agent/capabilities/copier/a.ts',
    source: `import '../scanner/index.ts'`,
  },
  {
    name: 'a capability knows no transport',
    file: 'agent/capabilities/scanner/a.ts',
    source: `import '../../link/upload.ts'`,
  },
  ...['agent', 'agent/link', 'agent/devices/sane', 'fleet', 'documents', 'simulator', 'bench', 'test'].map(
    (folder) => ({
      name: `no shell from ${folder}/`,
      file: `${folder}/shell.ts`,
      source: `import { exec } from 'node:child_process'\nexec('true')`,
    }),
  ),
]

const lawful: readonly Planted[] = [
  {
    name: 'the link may read the wire',
    file: 'agent/link/lawful.ts',
    source: `import '../../protocol/topics.ts'`,
  },
  { name: 'vault may use Node', file: 'vault/lawful.ts', source: `import 'node:crypto'` },
  {
    name: 'a capability may read its driver',
    file: 'agent/capabilities/scanner/b.ts',
    source: `import './sane.ts'`,
  },
]

/** The files in which Biome, with this project's settings, finds a forbidden import. */
const offenders = (): ReadonlySet<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'avyl-boundaries-'))
  try {
    const settings = JSON.parse(readFileSync('biome.json', 'utf8'))
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: { enabled: false } }))
    for (const { file, source } of [...forbidden, ...lawful]) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      writeFileSync(join(folder, file), `${source}\n`)
    }
    const { stdout } = spawnSync(
      resolve('node_modules/.bin/biome'),
      ['lint', '--reporter=json', '--max-diagnostics=none', '--only=style/noRestrictedImports'],
      { cwd: folder, encoding: 'utf8' },
    )
    const found = JSON.parse(stdout).diagnostics as readonly {
      location: { path: string | { file: string } }
    }[]
    return new Set(
      found.map(({ location }) => (typeof location.path === 'string' ? location.path : location.path.file)),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const boundaries = suite('Biome keeps the boundaries')
const found = offenders()
for (const { name, file } of forbidden) boundaries(name, () => assert.ok(found.has(file), file))
for (const { name, file } of lawful) boundaries(name, () => assert.not(found.has(file), file))
boundaries.run()
