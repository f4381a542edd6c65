import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SigningKeyNews } from '../../../fleet/api/schemas.ts'
import { runAvyl } from '../../support/avyl.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const door = await openPeoplesDoor()
const address = await door.app.listen({ host: '127.0.0.1', port: 0 })

const run = (args: readonly string[], language = 'en_GB.UTF-8') => {
  const [, token = ''] = door.bearer.authorization.split(' ')
  return runAvyl(['signing-keys', ...args], { LANG: language, AVYL_URL: address, AVYL_TOKEN: token })
}
const list = async () => JSON.parse((await run(['list', '--json'])).out) as SigningKeyNews[]

const theKeys = suite('avyl signing-keys')
theKeys.after(() => door.close())

theKeys('lists the keys in the language of whoever reads', async () => {
  const [key] = await list()
  const { out } = await run(['list'])
  assert.ok(out.startsWith(`${key?.id}\tsigns since `), out)
  assert.match((await run(['list'], 'tt_RU.UTF-8')).out, 'вакытыннан имзалый')
  assert.match((await run(['list'], 'ru_RU.UTF-8')).out, 'подписывает с')
})

theKeys('announces a new one, which signs when it was told', async () => {
  const { code, out } = await run(['rotate', '--after', '90', '--json'])
  assert.is(code, 0)
  const key = JSON.parse(out) as SigningKeyNews
  assert.equal([key.state, key.signsFrom], ['announced', door.clock.now() + 90 * 60_000])
  const again = await run(['rotate'])
  assert.is(again.code, 1, 'one is announced already')
  assert.is((await run(['rotate', '--after', 'soon'])).code, 2)
})

theKeys('takes one back', async () => {
  const [announced, signing] = await list()
  const { code, out } = await run(['revoke', signing?.id ?? ''])
  assert.is(code, 0)
  assert.is(out, `Revoked: ${signing?.id}\n`)
  assert.equal(
    (await list()).map(({ id, state }) => [id, state]),
    [[announced?.id, 'signing']],
  )
  assert.is((await run(['revoke', signing?.id ?? ''])).code, 1)
})

theKeys.run()
