import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { runAuthority } from '../../../fleet/identity/authority-tool.ts'
import { makeRequest } from '../../../fleet/identity/certificates.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { door as paths } from '../../../protocol/door.ts'
import { openJoining } from '../../support/joining.ts'

const main = join(import.meta.dirname, '../../../provisioning/authority.ts')
const folder = await mkdtemp(join(tmpdir(), 'avyl-authority-'))
const at = (...names: string[]) => join(folder, ...names)

let now = Date.now()

/** Runs the tool; gives what it said, and whether it did it. */
const run = (...args: string[]) =>
  runAuthority(args, now).then(
    (said) => ({ done: true, said }),
    (thrown: Error) => ({ done: false, said: thrown.message }),
  )
const ok = async (...args: string[]): Promise<string> => {
  const { done, said } = await run(...args)
  assert.ok(done, said)
  return said
}

/** A root, and a device authority of it in this folder. */
const install = async (root: string, authority: string) => {
  await ok('root', '--folder', at(root))
  await writeFile(at(`${root}.csr`), await ok('request', '--folder', at(authority)))
  await writeFile(at(`${root}.crt`), await ok('sign', '--folder', at(root), '--request', at(`${root}.csr`)))
  const files = ['--certificate', at(`${root}.crt`), '--root', at(root, 'root.crt')]
  await ok('install', '--folder', at(authority), ...files)
}

const theTool = suite('the tool of the authorities')
theTool.after(() => rm(folder, { recursive: true }))

theTool('makes a root once, whose key nobody else can read', async () => {
  const said = await ok('root', '--folder', at('one'))
  assert.ok(new X509Certificate(said).ca)
  assert.is((await stat(at('one', 'root.key'))).mode & 0o777, 0o600)
  assert.not((await run('root', '--folder', at('one'))).done)
})

theTool('says how it is used', async () => {
  assert.match((await run()).said, 'authority.ts root')
  assert.match((await run('sign')).said, '--folder is needed')
  // A certificate of thirty days that can be renewed for ninety more; see the tests of renewal.
  assert.match((await run()).said, '120 days after')
  assert.match((await run('retire', '--folder', at('none'), '--id', '1')).said, 'no device authority')
  const program = spawn(process.execPath, [main], { stdio: 'ignore' })
  assert.equal(await once(program, 'exit'), [2, null])
})

theTool('leads a fleet over to a second root while its terminals work', async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const kept = { folder: at('authority'), database }
  /** The fleet's next start. */
  const start = () => openJoining({ http: (_identity, _request, response) => response.end(), kept })
  await install('old', 'authority')
  const [old = ''] = await readdir(at('authority', 'device-authorities'))
  let here = await start()
  const status = async (who: Credentials) => (await here.question({ path: '/hello', who })).status
  const before = await here.authority.issueTerminal('kazan-7')
  assert.is(await status(before), 200)
  await here.close()

  // A certificate knows whole seconds only, and the newer authority is the one that began later.
  now += 2000
  await install('new', 'authority')
  here = await start()
  assert.is(here.authority.issuers.length, 2)
  // Whoever trusts the old root alone finds the door, and learns of the new one there.
  assert.is(await status(before), 200)
  const { key, request: csr } = await makeRequest('x')
  const renewed = await here.question({ method: 'POST', path: paths.renew, who: before, body: { csr } })
  assert.is(renewed.status, 200)
  const after = { key, certificate: String(renewed.body.certificate), ca: String(renewed.body.ca) }
  assert.is((after.ca.match(/BEGIN CERTIFICATE/g) ?? []).length, 2)
  assert.is(await status(after), 200)
  const newRoot = new X509Certificate(await readFile(at('new', 'root.crt'), 'utf8'))
  const authority = new X509Certificate(after.certificate.slice(after.certificate.lastIndexOf('-----BEGIN')))
  assert.ok(authority.checkIssued(newRoot) && authority.verify(newRoot.publicKey))
  await here.close()

  await ok('retire', '--folder', at('authority'), '--id', old.replace('.json', ''))
  const [last = ''] = await readdir(at('authority', 'device-authorities'))
  const lastOne = ['--folder', at('authority'), '--id', last.replace('.json', '')]
  assert.match((await run('retire', ...lastOne)).said, 'the only')
  here = await start()
  assert.is(await status(after), 200)
  assert.is(await status({ ...before, ca: after.ca }), 401)
  await here.close()
  await database.destroy()
})

theTool.run()
