import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const program = join(import.meta.dirname, '../../fleet/first-admin.ts')

const firstAdmin = suite('the first admin of a fleet')

firstAdmin('is added once, with a password of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-first-admin-'))
  const add = () =>
    execFileSync(process.execPath, [program, 'galiya'], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, AVYL_DATA_DIR: join(folder, 'fleet') },
    })
  try {
    assert.match(add(), /^galiya signs in with [\w-]{16} /)
    assert.throws(add, /conflict|taken|already/i)
  } finally {
    await rm(folder, { recursive: true })
  }
})

firstAdmin.run()
