import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Act, entryAfter, genesis } from '../../../fleet/audit/entry.ts'
import { createAuth } from '../../../fleet/auth/auth.ts'
import { keepFirstToken } from '../../../fleet/auth/first-token.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'

const aNewFleet = suite('a new fleet')

aNewFleet('lets whoever owns its machine add the first admin, and nobody by that way again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-first-'))
  const file = join(folder, 'first-token')
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const acts: string[] = []
  const audit = {
    write: async (act: Act) => {
      acts.push(`${act.action} ${act.subject}`)
      return entryAfter(genesis, 0, act)
    },
  }
  const auth = createAuth({ database, clock, key: Buffer.alloc(32, 7) })
  try {
    await keepFirstToken(file, auth, silent, audit)
    const first = (await readFile(file, 'utf8')).trim()
    assert.is((await stat(file)).mode & 0o777, 0o600)
    assert.is((await auth.tokens.actor(first))?.role, 'admin')
    await keepFirstToken(file, auth, silent, audit)
    assert.is(await auth.tokens.actor(first), undefined, 'each start makes its own')
    const second = (await readFile(file, 'utf8')).trim()
    await clock.pass(24 * 3_600_000)
    assert.is(await auth.tokens.actor(second), undefined)
    await auth.users.put('admin', 'a long password', 'admin')
    await keepFirstToken(file, auth, silent, audit)
    assert.is(await auth.tokens.find('first'), undefined)
    assert.is(await stat(file).catch((error) => error.code), 'ENOENT')
    assert.equal(acts, ['firstToken first', 'firstToken first'], 'the audit hears of each')
  } finally {
    await database.destroy()
    await rm(folder, { recursive: true })
  }
})

aNewFleet.run()
