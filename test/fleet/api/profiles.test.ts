import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../agent/profiles/description.ts'
import type { ProfileAnswer, ProfileList, SeedAnswer } from '../../../fleet/api/profile-schemas.ts'
import type { MfpProfile } from '../../../protocol/firmware-profile.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'
import { nothingThere } from '../../support/unknown-device.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const api = '/api/v1/profiles'
const one = `${api}/mfps/xerox%2Fb205`
let door: Door
let headers: Record<string, string>

const profiles = suite('firmware profiles over the API')
profiles.before(async () => {
  door = await openPeoplesDoor()
  headers = door.bearer
  await door.profiles.start()
})
profiles.after(() => door.close())

const get = async <T>(url: string): Promise<T> => (await door.app.inject({ url, headers })).json<T>()

profiles('are listed and shown', async () => {
  const list = await get<ProfileList>(api)
  assert.ok(list.profiles.length > 30)
  assert.match(list.edition, /^[0-9a-f]{64}$/)
  const found = await get<ProfileAnswer>(one)
  assert.equal([found.slug, found.origin, found.profile.slug], ['xerox/b205', 'release', 'xerox/b205'])
  assert.is((await get<ProfileAnswer>(`${api}/terminals/generic`)).kind, 'terminals')
  assert.is((await door.app.inject({ url: `${api}/mfps/no%2Fsuch`, headers })).statusCode, 404)
  assert.is((await door.app.inject({ url: `${api}/cars/generic`, headers })).statusCode, 400)
})

profiles('are replaced and taken away again', async () => {
  const { profile, edition } = await get<ProfileAnswer>(one)
  const put = (payload: object) => door.app.inject({ method: 'PUT', url: one, headers, payload })
  const answer = await put({ ...profile, notes: ['seen in Арча'] })
  assert.is(answer.statusCode, 200)
  const kept = answer.json<ProfileAnswer>()
  assert.equal([kept.origin, kept.version], ['fleet', 1])
  assert.not(kept.edition === edition)
  assert.is((await put({ ...profile, slug: 'xerox/b999' })).statusCode, 400)
  assert.is((await put({ ...profile, match: { ipp: ['Pantum M7100DN'] } })).statusCode, 409)
  assert.is((await door.app.inject({ method: 'DELETE', url: one, headers })).statusCode, 204)
  assert.is((await get<ProfileList>(api)).edition, edition)
  assert.is((await door.app.inject({ method: 'DELETE', url: one, headers })).statusCode, 404)
})

profiles('grow from what a terminal described', async () => {
  const url = '/api/v1/terminals/t1/device-description'
  assert.is((await door.app.inject({ url, headers })).statusCode, 404)
  const usb = [{ id: '1234:abcd', manufacturer: 'Katusha', product: 'M240', interfaces: ['07/01/02'] }]
  const { sha256, text } = capture({ ...nothingThere, usb })
  await door.deviceDescriptions.keep('t1', sha256, text)
  const seed = await get<SeedAnswer>(url)
  assert.equal([seed.sha256, seed.draft.slug], [sha256, 'katusha/m240'])
  assert.equal(seed.description.usb, usb)
  const draft: MfpProfile = seed.draft
  const answer = await door.app.inject({
    ...{ method: 'PUT', url: `${api}/mfps/katusha%2Fm240`, headers },
    payload: draft,
  })
  assert.is(answer.statusCode, 200, answer.body)
})

profiles.run()
