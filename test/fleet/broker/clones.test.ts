import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { topics } from '../../../protocol/topics.ts'
import { type Joining, openJoining } from '../../support/joining.ts'
import { BareClient } from '../../support/terminals-door.ts'

const depot = { device: 'kazan-7', village: 'Арча', serial: 'SN-1', depot: true }
let here: Joining
let who: Credentials

/** A client that is in, or the code with which it was refused. */
const come = async (credentials: Credentials = who) => {
  const client = new BareClient(await here.dial(credentials))
  client.connect('kazan-7')
  const answer = await client.next('connack')
  return { client, returnCode: answer?.returnCode }
}
/** Acknowledges whatever comes, as every MQTT client does. */
const acknowledge = async (client: BareClient) => {
  for (;;) {
    const packet = await client.next('publish')
    if (!packet) return
    if (packet.messageId !== undefined) client.send({ cmd: 'puback', messageId: packet.messageId })
  }
}
const admission = () => here.authority.identities.of('kazan-7')[0]?.enrolment

const copies = suite('a key in two places')
copies.before.each(async () => {
  // Long, so that only an answer can make a test pass that needs one.
  here = await openJoining({ limits: { probeTimeout: 20_000 } })
  who = (await here.join(depot)).who
})
copies.after.each(() => here.close())

copies('shuts out both: the first one answers when the second one comes', async () => {
  const first = await come()
  void acknowledge(first.client)
  const second = await come()
  await Promise.all([first.client.closed, second.client.closed])
  assert.is(second.returnCode ?? 5, 5)
  assert.equal([admission()?.admission, admission()?.reason], ['quarantined', 'used-twice'])
  assert.equal(here.alarms, ['identity-quarantined kazan-7 used-twice'])
  assert.is((await come()).returnCode, undefined)
  assert.equal(
    here.peers.filter((peer) => peer.startsWith('+')),
    ['+kazan-7'],
  )
})

copies('that was a false alarm is let in again by a person', async () => {
  const first = await come()
  void acknowledge(first.client)
  await come()
  await here.authority.identities.release('kazan-7', 'a person')
  assert.is(admission()?.admission, 'accepted')
  assert.is((await come()).returnCode, 0)
})

copies('is not what a terminal looks like that closed its connection before it came again', async () => {
  for (let time = 0; time < 3; time += 1) {
    const { client, returnCode } = await come()
    assert.is(returnCode, 0)
    client.socket.destroy()
  }
  assert.is(admission()?.admission, 'accepted')
})

copies('shows when a certificate comes back that was given up long ago', async () => {
  const { identities } = here.authority
  const next = await here.authority.issueTerminal('kazan-7')
  const { client } = await come(next)
  client.socket.destroy()
  assert.is((await come()).returnCode, undefined)
  assert.is(admission()?.admission, 'accepted', 'a connection that was late by seconds proves nothing')
  await here.clock.pass(11 * 60_000)
  assert.is((await come()).returnCode, undefined)
  assert.equal([admission()?.admission, admission()?.reason], ['quarantined', 'old-certificate'])
  assert.not(identities.mayWork('kazan-7'))
})

copies.run()

const changed = suite('a terminal whose line changed')

changed('comes in although its old connection hangs half dead, and is not taken for a copy', async () => {
  here = await openJoining({ limits: { probeTimeout: 50 } })
  who = (await here.join(depot)).who
  const old = await come()
  assert.is(old.returnCode, 0)
  const fresh = await come()
  assert.is(fresh.returnCode, 0)
  await old.client.closed
  assert.is(admission()?.admission, 'accepted')
  fresh.client.publish(topics.event('kazan-7'))
  assert.ok(await fresh.client.next('puback'))
  assert.equal(here.alarms, [])
  await here.close()
})

changed('is not kept waiting by a connection that closes meanwhile', async () => {
  here = await openJoining({ limits: { probeTimeout: 20_000 } })
  who = (await here.join(depot)).who
  const old = await come()
  const coming = come()
  // The probe is on its way when the other end goes.
  await old.client.next('publish')
  old.client.socket.destroy()
  assert.is((await coming).returnCode, 0)
  assert.is(admission()?.admission, 'accepted')
  await here.close()
})

changed.run()
