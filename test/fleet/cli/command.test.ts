import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { runAvyl } from '../../support/avyl.ts'
import { reportOf } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

let here: Awaited<ReturnType<typeof openPeoplesDoor>>
let url = ''
const run = (...args: string[]) =>
  runAvyl(args, { AVYL_URL: url, AVYL_TOKEN: here.bearer.authorization.replace('Bearer ', '') })

const theCommands = suite("a terminal's commands from the shell")
theCommands.before(async () => {
  here = await openPeoplesDoor()
  url = await here.app.listen({ host: '127.0.0.1', port: 0 })
})
theCommands.after(() => here.close())

theCommands('are listed, the newest first and as many as are wanted', async () => {
  assert.is((await run('command', 'list', 't1')).out, '\n')
  here.broker.there.add('t1')
  const print = { terminal: 't1', name: 'printer.print', actor: 'user:1', input: { document: uuidv7() } }
  const old = await here.commands.request(print)
  await here.commands.report('t1', reportOf(old.id, 'failed'))
  await here.clock.pass(1000)
  const young = await here.commands.request(print)
  const { out } = await run('command', 'list', 't1')
  const [first = '', second = ''] = out.split('\n')
  assert.match(first, new RegExp(`^${young.id}\\t14/11/2023, .*\\tprinter.print\\tSent to the terminal$`))
  assert.match(second, new RegExp(`^${old.id}\\t.*\\tFailed$`))
  const one = JSON.parse((await run('command', 'list', 't1', '--limit', '1', '--json')).out)
  assert.equal(
    one.map(({ id }: { id: string }) => id),
    [young.id],
  )
})

theCommands('of a terminal that nobody knows are not there', async () => {
  const { code, out } = await run('command', 'list', 't9', '--json')
  assert.equal([code, JSON.parse(out).error.code], [1, 'not-found'])
  assert.is((await run('command', 'list', 't1', '--limit', '0')).code, 2)
  assert.is((await run('command', 'list')).code, 2)
})

theCommands.run()
