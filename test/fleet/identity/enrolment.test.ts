import { X509Certificate } from 'node:crypto'
import { pino } from 'pino'
import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRates } from '../../../fleet/door/enrolment.ts'
import { makeRequest } from '../../../fleet/identity/certificates.ts'
import { door as paths } from '../../../protocol/door.ts'
import { EnrolAnswer, EnrolRefusal, RenewAnswer } from '../../../protocol/enrolment.ts'
import { type Joining, openJoining } from '../../support/joining.ts'
import { BareClient } from '../../support/terminals-door.ts'

const day = 86_400_000
const place = { device: 'kazan-7', village: 'Арча' }
const depot = { ...place, serial: 'SN-1', depot: true }

let here: Joining
const open = async () => {
  here = await openJoining()
}
const close = () => here.close()
const enrol = (body: object, from?: string) =>
  here.question({ method: 'POST', path: paths.enrol, body, ...(from === undefined ? {} : { from }) })
const problemOf = (answer: { status: number; body: Record<string, unknown> }) => {
  assert.ok(Check(EnrolRefusal, answer.body), JSON.stringify(answer.body))
  return `${answer.status} ${answer.body.code}`
}

const enrolment = suite('enrolment')
enrolment.before.each(open)
enrolment.after.each(close)

enrolment('gives a certificate for the place of the claim, and waits for a person', async () => {
  const { answer, who } = await here.join(place)
  assert.is(answer.status, 200)
  assert.ok(Check(EnrolAnswer, answer.body))
  const { device, village, admission, ca } = answer.body
  assert.equal({ device, village, admission, ca }, { ...place, admission: 'pending', ca: here.authority.ca })
  const leaf = new X509Certificate(who.certificate)
  assert.is(leaf.subject, 'CN=kazan-7')
  assert.is(leaf.subjectAltName, 'URI:urn:avyl:terminal:kazan-7')
  assert.equal(here.registered, ['kazan-7 Арча'])
  const state = async () => (await here.question({ path: paths.enrolment, who })).body
  assert.equal(await state(), { device: 'kazan-7', admission: 'pending' })
  await here.authority.identities.accept('kazan-7', 'a person')
  assert.equal(await state(), { device: 'kazan-7', admission: 'accepted' })
})

enrolment('accepts the machine at once that the depot saw', async () => {
  const { answer } = await here.join(depot)
  assert.is(answer.body.admission, 'accepted')
  const unseen = await here.join({ device: 'kazan-8', village: 'Арча', depot: true })
  assert.is(unseen.answer.body.admission, 'pending')
})

enrolment('gives the same certificate to the same key, so that a lost answer costs nothing', async () => {
  const { code, csr, answer } = await here.join(place)
  await here.clock.pass(5 * day)
  const again = await enrol({ code, csr, serial: 'SN-1' })
  assert.is(again.status, 200)
  assert.is(again.body.certificate, answer.body.certificate)
})

enrolment('does not use up a claim when the fleet fails between issuing and writing', async () => {
  const { identities } = here.authority
  const write = identities.enrol
  identities.enrol = async () => {
    throw new Error('the power went')
  }
  const { code, csr, answer } = await here.join(place)
  assert.is(answer.status, 500)
  identities.enrol = write
  const again = await enrol({ code, csr, serial: 'SN-1' })
  assert.is(again.status, 200)
  const third = await enrol({ code, csr, serial: 'SN-1' })
  assert.is(third.body.certificate, again.body.certificate)
})

enrolment('gives one certificate however many ask at once with one code', async () => {
  const { code } = await here.claims.create(place, 'a person')
  const requests = await Promise.all(Array.from({ length: 5 }, () => makeRequest('x')))
  const answers = await Promise.all(requests.map(({ request: csr }) => enrol({ code, csr, serial: 'SN-1' })))
  assert.equal(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409])
})

enrolment('refuses a code that was used, for another key or on another machine', async () => {
  const { code, csr } = await here.join(place)
  const other = await makeRequest('x')
  assert.is(problemOf(await enrol({ code, csr: other.request, serial: 'SN-1' })), '409 claim-used')
  assert.is(problemOf(await enrol({ code, csr, serial: 'SN-2' })), '409 claim-used')
})

enrolment('refuses a code that is unknown, withdrawn or too old', async () => {
  const { request: csr } = await makeRequest('x')
  const ask = async (code: string) => problemOf(await enrol({ code, csr, serial: 'SN-1' }))
  assert.is(await ask('0123456789'), '404 claim-unknown')
  const withdrawn = await here.claims.create(place, 'a person')
  await here.claims.withdraw(withdrawn.id)
  assert.is(await ask(withdrawn.code), '404 claim-unknown')
  const old = await here.claims.create(place, 'a person')
  await here.clock.pass(72 * 3_600_000)
  assert.is(await ask(old.code), '410 claim-expired')
})

enrolment('locks a claim after five wrong machines, and tells somebody', async () => {
  const { code } = await here.claims.create(depot, 'a person')
  const { request: csr } = await makeRequest('x')
  for (let number = 2; number < 7; number += 1) {
    assert.is(problemOf(await enrol({ code, csr, serial: `SN-${number}` })), '403 serial-differs')
  }
  assert.equal(here.claimAlarms, ['claim-locked kazan-7'])
  assert.is(problemOf(await enrol({ code, csr, serial: 'SN-1' })), '423 claim-locked')
  assert.is((await here.claims.list())[0]?.state, 'locked')
})

enrolment('refuses a key that has another place already', async () => {
  const first = await here.join(place)
  const { code } = await here.claims.create({ device: 'kazan-8', village: 'Арча' }, 'a person')
  assert.is(problemOf(await enrol({ code, csr: first.csr, serial: 'SN-1' })), '400 csr-invalid')
})

enrolment('puts a new machine in the place of the old one when it is accepted, not sooner', async () => {
  const old = await here.join(depot)
  const hello = async () => (await here.question({ path: '/hello', who: old.who })).status
  const fresh = await here.join(place, 'SN-2')
  assert.is(fresh.answer.body.admission, 'pending')
  assert.is(await hello(), 200)
  await here.authority.identities.accept('kazan-7', 'a person')
  assert.is(await hello(), 403)
  assert.is((await here.question({ path: '/hello', who: fresh.who })).status, 200)
  const { body } = await here.question({ path: paths.enrolment, who: old.who })
  assert.is(body.admission, 'revoked')
})

enrolment.run()

const guessing = suite('guessing codes')

guessing('is slowed down for the address that guesses, and for no other', async () => {
  const slow = { perSecond: 0.0001, burst: 3 }
  here = await openJoining({ rates: { ...openRates, wrongCodes: slow } })
  const { request: csr } = await makeRequest('x')
  const { code } = await here.claims.create(place, 'a person')
  const guess = (number: number) => enrol({ code: `000000000${number}`, csr, serial: 'SN-1' })
  for (const number of [1, 2, 3]) assert.is(problemOf(await guess(number)), '404 claim-unknown')
  assert.is(problemOf(await guess(4)), '429 rate-limited')
  assert.is(problemOf(await enrol({ code, csr, serial: 'SN-1' })), '429 rate-limited')
  assert.is((await enrol({ code, csr, serial: 'SN-1' }, '127.0.0.2')).status, 200)
  await close()
})

guessing('is slowed down for the whole network of an IPv6 address', async () => {
  const slow = { perSecond: 0.0001, burst: 3 }
  const addresses = ['2001:db8::1', '2001:db8::ffff:0:0:2', '2001:db8:0:1::1']
  const standIn = (address: string) => addresses[Number(address.slice(-1)) - 1] ?? ''
  here = await openJoining({ rates: { ...openRates, wrongCodes: slow }, standIn })
  const { request: csr } = await makeRequest('x')
  const { code } = await here.claims.create(place, 'a person')
  for (const number of [1, 2, 3]) await enrol({ code: `000000000${number}`, csr, serial: 'SN-1' })
  assert.is(problemOf(await enrol({ code, csr, serial: 'SN-1' }, '127.0.0.2')), '429 rate-limited')
  assert.is((await enrol({ code, csr, serial: 'SN-1' }, '127.0.0.3')).status, 200)
  await close()
})

guessing('from everywhere is told, and keeps nobody out who knows a code', async () => {
  const said: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void said.push(JSON.parse(line).msg) })
  const slow = { perSecond: 0.0001, burst: 3 }
  here = await openJoining({ rates: { ...openRates, allWrongCodes: slow }, log })
  const { request: csr } = await makeRequest('x')
  const { code } = await here.claims.create(place, 'a person')
  for (const number of [1, 2, 3, 4]) {
    const answer = await enrol({ code: `000000000${number}`, csr, serial: 'SN-1' }, `127.0.0.${number}`)
    assert.is(problemOf(answer), '404 claim-unknown')
  }
  assert.ok(said.includes('somebody guesses codes from many addresses'))
  assert.is((await enrol({ code, csr, serial: 'SN-1' }, '127.0.0.5')).status, 200)
  await close()
})

guessing('costs any address its questions too', async () => {
  here = await openJoining({ rates: { ...openRates, requests: { perSecond: 0.0001, burst: 1 } } })
  await here.join(place)
  assert.is(problemOf(await enrol({})), '429 rate-limited')
  await close()
})

guessing.run()

const renewal = suite('renewal')
renewal.before.each(open)
renewal.after.each(close)

const renew = async (
  who: Joining['join'] extends (...args: never[]) => Promise<{ who: infer W }> ? W : never,
) => {
  const { key, request: csr } = await makeRequest('x')
  const answer = await here.question({ method: 'POST', path: paths.renew, who, body: { csr } })
  return { csr, answer, who: { ...who, key, certificate: String(answer.body.certificate) } }
}
const hello = async (who: Parameters<typeof renew>[0]) =>
  (await here.question({ path: '/hello', who })).status
const connect = async (who: Parameters<typeof renew>[0]) => {
  const client = new BareClient(await here.dial(who))
  client.connect('kazan-7')
  const answer = await client.next('connack')
  return { client, returnCode: answer?.returnCode }
}

renewal('leaves the old certificate good until the new one has connected', async () => {
  const { who } = await here.join(depot)
  const next = await renew(who)
  assert.ok(Check(RenewAnswer, next.answer.body))
  assert.is(await hello(who), 200)
  assert.is(await hello(next.who), 200)
  assert.is((await connect(next.who)).returnCode, 0)
  assert.is(await hello(next.who), 200)
  assert.is(await hello(who), 403)
  assert.is(problemOf((await renew(who)).answer), '403 revoked')
  assert.is((await here.question({ path: paths.enrolment, who })).body.admission, 'revoked')
})

renewal('gives the same certificate to the same request', async () => {
  const { who } = await here.join(depot)
  const next = await renew(who)
  const body = { csr: next.csr }
  const again = await here.question({ method: 'POST', path: paths.renew, who, body })
  assert.is(again.body.certificate, next.who.certificate)
})

renewal('is for a new key of the same terminal', async () => {
  const { who, csr } = await here.join(depot)
  const other = await here.join({ device: 'kazan-8', village: 'Арча', serial: 'SN-1', depot: true })
  for (const used of [csr, other.csr]) {
    const answer = await here.question({ method: 'POST', path: paths.renew, who, body: { csr: used } })
    assert.is(problemOf(answer), '400 csr-invalid')
  }
})

renewal('is open to a terminal that still waits', async () => {
  const { who } = await here.join(place)
  const next = await renew(who)
  assert.is(next.answer.status, 200)
  assert.is(await hello(next.who), 403)
})

renewal('is open for ninety days after the end, and to nothing but that', async () => {
  const now = Date.now()
  const ended = (days: number) =>
    here.authority.issueTerminal('kazan-7', {
      from: new Date(now - (days + 30) * day),
      until: new Date(now - days * day),
    })
  const late = await ended(89)
  assert.is(await hello(late), 403)
  assert.is((await connect(late)).returnCode, undefined)
  const next = await renew(late)
  assert.is(next.answer.status, 200)
  assert.is(await hello(next.who), 200)
  const tooLate = await ended(91)
  assert.is(problemOf((await renew(tooLate)).answer), '403 renewal-too-late')
})

renewal('is refused to whoever was revoked or quarantined, and to strangers', async () => {
  const revoked = await here.join(depot)
  await here.authority.identities.revoke('kazan-7', 'a person')
  assert.is(problemOf((await renew(revoked.who)).answer), '403 revoked')
  const quarantined = await here.join({ ...depot, device: 'kazan-8' })
  here.authority.identities.quarantine('kazan-8', 'used-twice')
  assert.is(problemOf((await renew(quarantined.who)).answer), '403 revoked')
  await here.authority.identities.release('kazan-8', 'a person')
  assert.is((await renew(quarantined.who)).answer.status, 200)
  const stranger = await here.question({ method: 'POST', path: paths.renew, body: { csr: revoked.csr } })
  assert.is(stranger.status, 401)
})

renewal.run()
