import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

let here: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''

const run = (language: string, ...args: string[]) => {
  const token = here.bearer.authorization.replace('Bearer ', '')
  return runAvyl(args, { LANG: language, AVYL_URL: url, AVYL_TOKEN: token })
}

const iso = (at: number) => new Date(at).toISOString()

const theShell = suite('presence from the shell')
theShell.before(async () => {
  here = await openPeoplesDoor()
  url = await here.app.listen({ host: '127.0.0.1', port: 0 })
  await here.clock.pass(60_000)
  here.broker.there.add('t1')
  here.terminals.connected('t1')
  await here.clock.pass(60_000)
  here.broker.there.delete('t1')
  here.terminals.disconnected('t1')
  await here.clock.pass(100_000)
})
theShell.after(() => here.close())

theShell('tells what a terminal was, and takes a word on why it was away', async () => {
  const now = here.clock.now()
  const span = ['--from', iso(now - 600_000), '--to', iso(now + 1)]
  const told = await run('ru_RU.UTF-8', 'presence', 't1', ...span)
  assert.is(told.code, 0, told.err)
  const lines = told.out.trim().split('\n')
  assert.is(lines.length, 3)
  assert.match(lines[2] ?? '', /\tНет связи\tпричина неизвестна$/)
  const [id = ''] = (lines[2] ?? '').split('\t')
  const edited = await run('en_GB.UTF-8', 'downtime', 'edit', id, '--reason', 'power', '--note', 'the mains')
  assert.match(edited.out, /\tOffline\tpower\tthe mains\n$/)
  assert.is((await run('en_GB.UTF-8', 'downtime', 'edit', 'nothing', '--note', 'x')).code, 1)
  assert.is((await run('en_GB.UTF-8', 'downtime', 'edit', id, '--reason', 'weather')).code, 2)
  const none = await run('tt_RU.UTF-8', 'presence', 't1', '--from', iso(now - 2e9), '--to', iso(now - 1e9))
  assert.match(none.out, 'язмалар юк')
})

theShell('announces work, lists it and ends it', async () => {
  const now = here.clock.now()
  assert.match((await run('ru_RU.UTF-8', 'maintenance', 'list')).out, 'Работы не запланированы')
  const until = ['--from', iso(now), '--until', iso(now + 3_600_000)]
  for (const about of [
    ['--terminal', 't1'],
    ['--village', 'Арча'],
    ['--district', 'Сабинский'],
    ['--fleet', '--note', 'новый коммутатор'],
  ]) {
    const made = await run('ru_RU.UTF-8', 'maintenance', 'announce', ...about, ...until)
    assert.is(made.code, 0, made.err)
  }
  const lines = (await run('en_GB.UTF-8', 'maintenance', 'list')).out.trim().split('\n')
  assert.is(lines.length, 4)
  assert.match(lines.join('\n'), /\tall terminals\t\tновый коммутатор/)
  for (const line of lines) {
    assert.is((await run('en_GB.UTF-8', 'maintenance', 'end', line.split('\t')[0] ?? '')).code, 0)
  }
  assert.is((await run('en_GB.UTF-8', 'maintenance', 'announce', ...until)).code, 2)
  assert.is((await run('en_GB.UTF-8', 'maintenance', 'announce', '--fleet', '--until', 'soon')).code, 2)
  const both = ['--fleet', '--village', 'Арча']
  assert.is((await run('en_GB.UTF-8', 'maintenance', 'announce', ...both, ...until)).code, 2)
})

theShell('says where villages are, and what happened on a terminal', async () => {
  const told = await run('ru_RU.UTF-8', 'village', 'put', 'Арча', '--district', 'Арский')
  assert.is(told.out, 'Арча\tАрский\n')
  const place = ['--latitude', '56.09', '--longitude', '49.88']
  await run('ru_RU.UTF-8', 'village', 'put', 'Арча', '--district', 'Арский', ...place)
  assert.match((await run('ru_RU.UTF-8', 'village', 'list')).out, 'Арча\tАрский\t56.09, 49.88\n')
  assert.is(
    (await run('ru_RU.UTF-8', 'village', 'put', 'Арча', '--district', 'А', '--latitude', 'x')).code,
    2,
  )
  assert.match((await run('en_GB.UTF-8', 'events', 't1')).out, 'Nothing has happened')
  await here.presence.events.note('t1', 'used-twice', { about: 'SN-1' })
  assert.match((await run('en_GB.UTF-8', 'events', 't1')).out, '\tused-twice\t{"about":"SN-1"}\n')
})

theShell('takes a terminal out of service and back', async () => {
  assert.is((await run('ru_RU.UTF-8', 'terminal', 'retire', 't1')).out, 't1\tСнят с работы\n')
  assert.is((await run('ru_RU.UTF-8', 'terminal', 'reinstate', 't1')).out, 't1\tНет связи\n')
  assert.is((await run('ru_RU.UTF-8', 'terminal', 'retire', 'nobody')).code, 1)
})

theShell.run()
