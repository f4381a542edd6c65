import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Issued } from '../../../fleet/identity/device-authorities.ts'
import { keyFingerprint } from '../../../protocol/fingerprint.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>
let here: Door

const ask = async (
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
  headers = here.bearer,
) => {
  const answer = await here.app.inject({ method, url: `/api/v1${url}`, headers, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}
const place = { device: 'kazan-7', village: 'Арча' }
const keySha256 = 'ab'.repeat(32)
const fingerprint = keyFingerprint(Buffer.from(keySha256, 'hex'))

/** A machine that has enrolled and waits. */
const enrol = (serial: string, key = keySha256) => {
  const issued: Issued = {
    ...{
      serialNumber: uuidv7(),
      sha256: key,
      keySha256: key,
      issuer: 'a',
      issuedAt: 1,
      expiresAt: 2,
      pem: '',
    },
  }
  const enrolment = {
    ...{ id: uuidv7(), ...place, serial, claim: null, admission: 'pending' as const, reason: null },
    ...{ enrolledAt: 1, decidedAt: null, decidedBy: null },
  }
  return here.identities.enrol(enrolment, issued)
}

const people = suite('people and the identities of terminals')
people.before.each(async () => {
  here = await openPeoplesDoor()
})
people.after.each(() => here.close())

people('make claims whose code is told once', async () => {
  const made = await ask('POST', '/claims', { ...place, serial: 'SN-1', depot: true })
  assert.is(made.status, 201)
  assert.match(made.body.code, /^[0-9A-HJKMNP-TV-Z]{10}$/)
  assert.is(made.body.expiresAt - made.body.createdAt, 72 * 3_600_000)
  const { code: _, ...rest } = made.body
  assert.equal((await ask('GET', '/claims')).body, [rest])
  const rows = await here.database.selectFrom('claims').selectAll().execute()
  assert.not.match(JSON.stringify(rows), made.body.code)
})

people('take claims back that were not used', async () => {
  const { body } = await ask('POST', '/claims', place)
  assert.is((await ask('DELETE', `/claims/${body.id}`)).status, 204)
  assert.is((await ask('GET', '/claims')).body[0].state, 'withdrawn')
  assert.is((await ask('DELETE', `/claims/${uuidv7()}`)).status, 404)
  const used = await ask('POST', '/claims', place)
  await here.database.updateTable('claims').set({ enrolment: 'x' }).where('id', '=', used.body.id).execute()
  assert.is((await ask('DELETE', `/claims/${used.body.id}`)).status, 409)
})

people('make claims for places only', async () => {
  for (const wrong of [{ device: 'a/b' }, { village: '' }, { serial: ' ' }, { more: 1 }]) {
    assert.is((await ask('POST', '/claims', { ...place, ...wrong })).status, 400)
  }
})

people('accept the machine whose key they compared, and no other', async () => {
  await enrol('SN-1')
  const waiting = (await ask('GET', '/terminals/kazan-7/identity')).body
  assert.equal([waiting.admission, waiting.serial, waiting.fingerprint], ['pending', 'SN-1', fingerprint])
  const other = await ask('POST', '/terminals/kazan-7/accept', { fingerprint: '0000 0000 0000' })
  assert.is(other.status, 409)
  const accepted = await ask('POST', '/terminals/kazan-7/accept', { fingerprint })
  assert.equal([accepted.status, accepted.body.admission], [200, 'accepted'])
  assert.is((await ask('POST', '/terminals/kazan-7/accept')).status, 409)
})

people('see which machine a new one replaces', async () => {
  await enrol('SN-1')
  await ask('POST', '/terminals/kazan-7/accept')
  await enrol('SN-2', 'cd'.repeat(32))
  const waiting = (await ask('GET', '/terminals/kazan-7/identity')).body
  assert.equal(
    [waiting.serial, waiting.replaces.serial, waiting.replaces.admission],
    ['SN-2', 'SN-1', 'accepted'],
  )
  const accepted = (await ask('POST', '/terminals/kazan-7/accept')).body
  assert.equal([accepted.serial, accepted.replaces], ['SN-2', undefined])
})

people('shut a terminal out for good, and let one in again after a quarantine', async () => {
  await enrol('SN-1')
  await ask('POST', '/terminals/kazan-7/accept')
  assert.is((await ask('POST', '/terminals/kazan-7/release')).status, 409)
  here.identities.quarantine('kazan-7', 'used-twice')
  const held = (await ask('GET', '/terminals/kazan-7/identity')).body
  assert.equal([held.admission, held.reason], ['quarantined', 'used-twice'])
  assert.is((await ask('POST', '/terminals/kazan-7/release')).body.admission, 'accepted')
  assert.is((await ask('POST', '/terminals/kazan-7/revoke')).body.admission, 'revoked')
  for (const act of ['accept', 'release', 'revoke']) {
    assert.is((await ask('POST', `/terminals/kazan-7/${act}`)).status, 409, act)
  }
})

people('hear of no identity where none was given', async () => {
  for (const path of ['identity', 'accept', 'revoke', 'release']) {
    const method = path === 'identity' ? 'GET' : 'POST'
    const { status } = await ask(method, `/terminals/t1/${path}`)
    assert.ok(status === 404 || status === 409, `${path} ${status}`)
  }
})

people('keep what was decided over a restart', async () => {
  await enrol('SN-1')
  await ask('POST', '/terminals/kazan-7/accept')
  here.identities.quarantine('kazan-7', 'run-came-back')
  await here.identities.stop()
  await here.identities.start()
  assert.equal((await ask('GET', '/terminals/kazan-7/identity')).body.admission, 'quarantined')
})

people.run()
