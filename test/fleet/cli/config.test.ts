import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const config = suite('avyl config')
let door: Awaited<ReturnType<typeof openPeoplesDoor>>
let folder = ''
let url = ''

config.before.each(async () => {
  door = await openPeoplesDoor()
  await door.terminals.register('t2', 'Кукмара')
  url = await door.app.listen({ host: '127.0.0.1', port: 0 })
  folder = await mkdtemp(join(tmpdir(), 'avyl-config-'))
})
config.after.each(async () => {
  await door.close()
  await rm(folder, { recursive: true })
})

const run = (...args: string[]) => {
  const token = door.bearer.authorization.slice('Bearer '.length)
  return runAvyl(['config', ...args], { AVYL_URL: url, AVYL_TOKEN: token })
}
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out)

config('gives a value in a layer, takes it out, and tells what that changes', async () => {
  const set = await run('set', 'village:Арча', 'scan.dpi', '200', '--note', 'thin line')
  assert.is(set.code, 0, set.err)
  assert.match(set.out, 'Version 1 is written. Terminals with changes: 1')
  assert.match(set.out, '/scan/dpi: 300 → 200')
  await run('set', 'village:Арча', '/languages', '["tt","ru"]')
  await run('set', 'village:Арча', 'logLevel', 'warn')
  assert.equal((await json('show', 'village:Арча')).content, {
    scan: { dpi: 200 },
    languages: ['tt', 'ru'],
    logLevel: 'warn',
  })
  const shown = await run('show', 't1')
  assert.match(shown.out, '/scan/dpi\t200\tvillage:Арча')
  assert.match(shown.out, '/print/colour\ttrue\tdefaults')
  await run('unset', 'village:Арча', 'scan.dpi')
  assert.equal((await json('show', 'village:Арча')).content, { languages: ['tt', 'ru'], logLevel: 'warn' })
  assert.match((await run('show', 'village:Арча')).out, '"logLevel": "warn"')
})

config('tries without writing', async () => {
  const { out } = await run('set', 'fleet', 'logLevel', 'debug', '--dry-run')
  assert.match(out, 'This would be version 1. Terminals with changes: 2')
  assert.is((await json('show', 'fleet')).version, 0)
})

config('puts a file in place of a layer', async () => {
  const file = join(folder, 'layer.json')
  await writeFile(file, '{"print":{"colour":false}}')
  await run('set', 'terminal:t1', 'logLevel', 'debug')
  await run('edit-file', 'terminal:t1', file)
  assert.equal((await json('show', 'terminal:t1')).content, { print: { colour: false } })
  await writeFile(file, '{')
  assert.is((await run('edit-file', 'terminal:t1', file)).code, 2)
})

config('keeps history, compares and brings back', async () => {
  await run('set', 'fleet', 'logLevel', 'debug', '--note', 'to see more')
  await run('set', 'fleet', 'logLevel', 'warn')
  assert.match((await run('history', 'fleet')).out, 'to see more')
  assert.match((await run('diff', 'fleet', '1', '2')).out, '/logLevel: "debug" → "warn"')
  await run('rollback', 'fleet', '1')
  assert.equal((await json('show', 'fleet')).content, { logLevel: 'debug' })
  assert.equal(
    (await json('history', 't1')).map(({ version }: { version: number }) => version),
    [4, 3, 2, 1],
  )
  assert.match((await run('diff', 't1', '1', '2')).out, '/logLevel: "info" → "debug"')
})

config('shows how all terminals stand', async () => {
  const { version, hash } = door.configurations.of('t1').state
  const message = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const
  await door.configurations.reported('t1', { ...message, version, hash, errors: [], status: 'applied' })
  const { out } = await run('show')
  assert.match(out, /t1\tАрча\tversion 1, the terminal has 1\tapplied/)
  assert.match(out, /t2\tКукмара\tversion 1, the terminal has 0\tnothing heard yet since/)
  await door.configurations.reported('t1', { ...message, version, hash, errors: [], status: 'trial' })
  assert.match((await run('show', 't1')).out, 'on trial')
})

config('keeps groups', async () => {
  assert.match((await run('groups')).out, 'There are no groups yet')
  assert.match((await run('groups', 'add', 'quiet', 't1', 't2')).out, 'quiet\tt1, t2')
  assert.match((await run('groups', 'remove', 'quiet', 't1')).out, 'quiet\tt2')
  await run('set', 'group:quiet', 'logLevel', 'error')
  assert.is((await json('show', 't2')).desired.logLevel, 'error')
})

config('says what is wrong where', async () => {
  const bad = await run('set', 'fleet', 'scan.dpi', 'much')
  assert.is(bad.code, 1)
  assert.match(bad.err, '/scan/dpi: must be integer')
  assert.equal((await json('set', 'fleet', 'scan.dpi', '7')).error.errors[0].path, '/scan/dpi')
  assert.is((await run('set', 'moon', 'scan.dpi', '7')).code, 2)
  assert.is((await run('set', 'fleet', 'scan..dpi', '7')).code, 2)
  assert.is((await run('rollback', 'fleet', '9')).code, 1)
})

config.run()
