import { mkdtempSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../../fleet/api/audit-schemas.ts'
import { scratch } from '../../support/agent-parts.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const door = await openPeoplesDoor()
const address = await door.app.listen({ host: '127.0.0.1', port: 0 })
const folder = mkdtempSync(join(scratch(), 'audit-'))

const run = (args: readonly string[], { url = address, language = 'en_GB.UTF-8' } = {}) => {
  const [, token = ''] = door.bearer.authorization.split(' ')
  const environment = {
    LANG: language,
    AVYL_DATA_DIR: folder,
    ...(url && { AVYL_URL: url }),
    AVYL_TOKEN: token,
  }
  return runAvyl(['audit', ...args], environment)
}

const theAudit = suite('avyl audit')
theAudit.before(async () => {
  const { app, bearer } = door
  await app.inject({ method: 'DELETE', url: '/api/v1/tokens/nothing', headers: bearer })
  await app.inject({
    ...{ method: 'POST', url: '/api/v1/terminals/t1/commands', headers: bearer },
    payload: { name: 'printer.describe', input: {} },
  })
})
theAudit.after(() => door.close())

theAudit('lists who did what, and what came of it', async () => {
  const { code, out } = await run(['list', '--actor', 'program:test', '--action', 'revokeToken', '--json'])
  assert.is(code, 0)
  const [begun, over] = JSON.parse(out) as AuditEntry[]
  assert.equal([begun?.outcome, begun?.subject], ['begun', 'nothing'])
  assert.equal([over?.outcome, over?.began], ['not-found', begun?.number])
  const lines = (await run(['list', '--limit', '20'])).out
  assert.match(lines, /\tprogram:test\trequestCommand\tt1\tdone\tprinter\.describe [\da-f-]{36}\n/)
  assert.match((await run(['list', '--actor', 'user:nobody'])).out, 'There are no such entries')
  assert.is((await run(['list', '--from', 'someday'])).code, 1)
  assert.is((await run(['list', '--limit', '0'])).code, 2)
})

theAudit('verifies that of the fleet in the language of whoever reads', async () => {
  assert.match((await run(['verify'])).out, /^The audit is whole, entries: \d+\n$/)
  assert.match((await run(['verify'], { language: 'ru_RU.UTF-8' })).out, 'Журнал цел')
  assert.is((await run(['verify', '--head', 'x'])).code, 2, 'a head goes with an export')
})

theAudit('exports it and verifies it where no fleet is', async () => {
  const file = join(folder, 'audit.ndjson')
  const head = join(folder, 'head.json')
  const ca = join(folder, 'ca.pem')
  await writeFile(head, (await run(['head'])).out)
  assert.is((await run(['export', file])).code, 0)
  const alone = { url: '' }
  const whole = await run(['verify', file, '--head', head], alone)
  assert.is(whole.code, 0, whole.err)
  assert.match(whole.out, 'certified by the file')
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await writeFile(ca, (JSON.parse(lines[0] ?? '') as { ca: string }).ca)
  assert.not.match((await run(['verify', file, '--ca', ca], alone)).out, 'certified by the file')
  assert.is((await run(['export', '-'])).out.split('\n').at(-1), '')

  const forged = join(folder, 'forged.ndjson')
  await writeFile(forged, `${lines.with(2, (lines[2] ?? '').replace('not-found', 'done')).join('\n')}\n`)
  const broken = await run(['verify', forged], alone)
  assert.is(broken.code, 1)
  assert.match(broken.err, 'The audit was changed, entry 2')
  assert.is(JSON.parse((await run(['verify', forged, '--json'], alone)).out).fault.number, 2)
  await writeFile(forged, lines.slice(0, -1).join('\n'))
  assert.match((await run(['verify', forged], alone)).err, 'breaks off')
  await writeFile(forged, `${lines[0]}\n${'x'.repeat(5_000_000)}`)
  assert.is((await run(['verify', forged], alone)).code, 2)
  assert.is((await run(['verify', join(folder, 'absent')], alone)).code, 2)
  assert.is((await run(['verify', file, '--head', file], alone)).code, 2)
  assert.is((await run(['verify', head], alone)).code, 1, 'no export at all')
})

theAudit.run()
