import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SigningKeyNews } from '../../../fleet/api/schemas.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const url = '/api/v1/signing-keys'
const atTheDoor = (act: (door: Door) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    await act(door)
  } finally {
    await door.close()
  }
}
const list = async ({ app }: Door) => (await app.inject({ url })).json<SigningKeyNews[]>()

const theKeys = suite("the signing keys at the people's door")

theKeys(
  'are told to anyone, by id and dates alone',
  atTheDoor(async (door) => {
    const [key, ...others] = await list(door)
    assert.equal(others, [])
    assert.is(key?.state, 'signing')
    assert.equal(Object.keys(key ?? {}).toSorted(), ['createdAt', 'id', 'signsFrom', 'state'])
  }),
)

theKeys(
  'are changed by an administrator: announced, or at once',
  atTheDoor(async (door) => {
    const { app, bearer, clock } = door
    const rotate = (payload: object) =>
      app.inject({ method: 'POST', url: `${url}/rotate`, headers: bearer, payload })
    const answer = await rotate({})
    assert.is(answer.statusCode, 201)
    const { state, signsFrom } = answer.json<SigningKeyNews>()
    assert.equal([state, signsFrom], ['announced', clock.now() + 4 * 3_600_000])
    assert.is((await rotate({})).statusCode, 409, 'one at a time')
    assert.is((await rotate({ afterMs: -1 })).statusCode, 400)
    await clock.pass(4 * 3_600_000)
    assert.is((await rotate({ afterMs: 0 })).json<SigningKeyNews>().state, 'signing')
    assert.equal(
      (await list(door)).map((key) => key.state),
      ['signing', 'retired', 'retired'],
    )
  }),
)

theKeys(
  'are taken back by an administrator',
  atTheDoor(async (door) => {
    const { app, bearer } = door
    const [{ id } = { id: '' }] = await list(door)
    const revoke = (key: string) => app.inject({ method: 'DELETE', url: `${url}/${key}`, headers: bearer })
    assert.is((await revoke(id)).statusCode, 204)
    const left = await list(door)
    assert.not.ok(left.some((key) => key.id === id))
    assert.is(left[0]?.state, 'signing')
    assert.is((await revoke(id)).statusCode, 404)
    assert.is((await revoke('all')).statusCode, 400)
  }),
)

theKeys(
  'are changed by nobody else',
  atTheDoor(async ({ app, auth }) => {
    const headers = { authorization: `Bearer ${await auth.tokens.create('desk', 'operator')}` }
    for (const [method, path] of [
      ['POST', `${url}/rotate`],
      ['DELETE', `${url}/0123456789abcdef`],
    ] as const) {
      const payload = method === 'POST' ? { payload: {} } : {}
      assert.is((await app.inject({ method, url: path, ...payload })).statusCode, 401)
      assert.is((await app.inject({ method, url: path, headers, ...payload })).statusCode, 403)
    }
  }),
)

theKeys.run()
