import { X509Certificate } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { request as ask } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DoorHandler, doorLimits } from '../../../fleet/door/door.ts'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { makeRequest } from '../../../fleet/identity/certificates.ts'
import { alpn, door as paths } from '../../../protocol/door.ts'
import { topics } from '../../../protocol/topics.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { type Answer, type Joining, openJoining } from '../../support/joining.ts'
import { BareClient } from '../../support/terminals-door.ts'

const day = 86_400_000
const depot = { device: 'kazan-7', village: 'Арча', serial: 'SN-1', depot: true }
const upload = paths.upload(uuidv7(), 'original')

let here: Joining
const asked: string[] = []
const http: DoorHandler = ({ device }, request, response) => {
  asked.push(`${device} ${request.method} ${request.url}`)
  request.resume()
  // An upload goes on until it is cut.
  if (request.method === 'PATCH') happened.emit('upload')
  else response.end('{}')
}
const happened = new EventEmitter()

/** The head of a request and some of its body. */
const send = (
  { key, certificate: cert, ca }: Credentials,
  method: string,
  path: string,
  bytes: Buffer,
  length: number,
) => {
  const sending = ask({
    ...{ key, cert, ca, ALPNProtocols: [alpn.http], host: '127.0.0.1', port: here.door.port },
    ...{ method, path, headers: { 'content-length': length } },
  })
  sending.on('error', () => {})
  sending.write(bytes)
  return sending
}

/** An upload that has begun; the promise ends with its connection. */
const beginUpload = async (who: Credentials): Promise<{ cut: Promise<unknown> }> => {
  const begun = once(happened, 'upload')
  const sending = send(who, 'PATCH', upload, Buffer.alloc(1000), 1_000_000)
  const cut = new Promise((resolve) => sending.once('close', resolve))
  await begun
  return { cut }
}

/** A terminal at work: its client and what it uploads. */
const atWork = async (who: Credentials) => {
  const client = new BareClient(await here.dial(who))
  client.connect('kazan-7')
  assert.is((await client.next('connack'))?.returnCode, 0)
  client.send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: topics.down('kazan-7'), qos: 1 }] })
  await client.next('suback')
  return { client, ...(await beginUpload(who)) }
}

/** Somebody at the door who may not work, and how that came. */
const holders: Record<string, () => Promise<Partial<Credentials>>> = {
  'nobody in particular': async () => ({}),
  'a terminal that waits for its acceptance': async () => (await here.join({ ...depot, depot: false })).who,
  'a terminal in quarantine': async () => {
    const { who } = await here.join(depot)
    here.authority.identities.quarantine('kazan-7', 'used-twice')
    return who
  },
  'a revoked terminal': async () => {
    const { who } = await here.join(depot)
    await here.authority.identities.revoke('kazan-7', 'a person')
    return who
  },
  'a terminal whose certificate was replaced': async () => {
    const old = await here.authority.issueTerminal('kazan-7')
    const { certificate } = await here.authority.issueTerminal('kazan-7')
    const serialNumber = new X509Certificate(certificate).serialNumber.toLowerCase()
    here.authority.identities.connected({ device: 'kazan-7', certificate: serialNumber, address: '' })
    return old
  },
  'a terminal whose certificate has ended': () =>
    here.authority.issueTerminal('kazan-7', {
      from: new Date(Date.now() - 2 * day),
      until: new Date(Date.now() - day),
    }),
  'a terminal whose certificate is not valid yet': () =>
    here.authority.issueTerminal('kazan-7', {
      from: new Date(Date.now() + day),
      until: new Date(Date.now() + 2 * day),
    }),
  'a terminal of another fleet': async () => {
    const elsewhere = await openJoining()
    const { key, certificate } = await elsewhere.authority.issueTerminal('kazan-7')
    await elsewhere.close()
    return { key, certificate }
  },
  'a terminal of another fleet, with a certificate that has ended': async () => {
    const elsewhere = await openJoining()
    const valid = { from: new Date(Date.now() - 2 * day), until: new Date(Date.now() - day) }
    const { key, certificate } = await elsewhere.authority.issueTerminal('kazan-7', valid)
    await elsewhere.close()
    return { key, certificate }
  },
  'the door itself': async () => here.authority.server,
}

const shut: readonly (readonly [method: string, path: string])[] = [
  ['POST', paths.uploads],
  ['HEAD', upload],
  ['PATCH', upload],
  ['PUT', paths.band(uuidv7(), 1, 0)],
  ['GET', paths.document(uuidv7())],
  ['GET', paths.profiles('0'.repeat(64))],
  ['GET', '/'],
  ['POST', paths.time],
  ['GET', `${paths.time}/../uploads`],
]

const theDoor = suite('who may not work')
theDoor.before.each(async () => {
  here = await openJoining({ http })
  asked.length = 0
})
theDoor.after.each(() => here.close())

for (const [name, hold] of Object.entries(holders)) {
  theDoor(`reaches neither files nor messages: ${name}`, async () => {
    const who = await hold()
    for (const [method, path] of shut) {
      const { status } = await here.question({ method, path, who })
      assert.ok(status === 401 || status === 403, `${method} ${path}: ${status}`)
    }
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const more of [{}, { ALPNProtocols: [] }]) {
        const client = new BareClient(await here.dial(who, alpn.mqtt, { maxVersion: version, ...more }))
        const will = { topic: topics.presence('kazan-7'), payload: Buffer.from('{}'), qos: 1, retain: true }
        client.connect('kazan-7', { will })
        client.publish(topics.event('kazan-7'))
        client.send({
          cmd: 'subscribe',
          messageId: 2,
          subscriptions: [{ topic: topics.down('kazan-7'), qos: 1 }],
        })
        assert.is(await client.next('connack'), undefined)
      }
    }
    assert.equal([asked, here.messages, here.peers], [[], [], []])
    assert.is((await here.question({ path: paths.time, who })).status, 200)
    assert.is((await here.question({ path: paths.keys, who })).status, 200)
  })
}

theDoor(
  'is told how it stands when the certificate is one of this fleet, and nothing otherwise',
  async () => {
    const standing = async (name: string) => {
      const who = await holders[name]?.()
      const { status, body } = await here.question({ path: paths.enrolment, who })
      return `${status} ${body.admission}`
    }
    assert.is(await standing('nobody in particular'), '401 undefined')
    assert.is(await standing('a terminal of another fleet'), '401 undefined')
    assert.is(
      await standing('a terminal of another fleet, with a certificate that has ended'),
      '401 undefined',
    )
    assert.is(await standing('the door itself'), '401 undefined')
    assert.is(await standing('a terminal whose certificate was replaced'), '200 revoked')
    assert.is(await standing('a terminal in quarantine'), '200 quarantined')
    assert.is(await standing('a revoked terminal'), '200 revoked')
  },
)

theDoor.run()

const revocation = suite('revocation')
revocation.before.each(async () => {
  here = await openJoining({ http })
  asked.length = 0
})
revocation.after.each(() => here.close())

revocation('cuts every connection, and nothing is delivered once it is said', async () => {
  const { who } = await here.join(depot)
  const { client, cut } = await atWork(who)
  await here.authority.identities.revoke('kazan-7', 'a person')
  const delivered = here.messages.length
  client.publish(topics.event('kazan-7'))
  const command = topics.command('kazan-7', uuidv7())
  await here.broker.publish({ topic: command, payload: Buffer.from('{}'), qos: 1, retain: false })
  await Promise.all([client.closed, cut])
  assert.is(here.messages.length, delivered)
  assert.is(client.packets.filter(({ cmd }) => cmd === 'publish').length, 0)
  assert.equal(here.alarms, ['identity-revoked kazan-7 a person'])
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  revocation(`counts on a session of ${version} that is resumed too`, async () => {
    const { who } = await here.join(depot)
    const first = await here.question({ path: '/', who, version })
    assert.is(first.status, 200)
    const { session } = first
    const again = await here.question({ path: '/', who, version, session })
    assert.equal([again.status, again.resumed], [200, true])
    await here.authority.identities.revoke('kazan-7', 'a person')
    const third: Answer = await here.question({ path: '/', who, version, session: again.session ?? session })
    assert.equal([third.status, third.resumed], [403, true])
    const socket: TLSSocket = await here.dial(who, alpn.mqtt, {
      session: again.session ?? session,
      maxVersion: version,
    })
    const client = new BareClient(socket)
    client.connect('kazan-7')
    assert.is(await client.next('connack'), undefined)
  })

  revocation(
    `is not needed for a certificate that ended meanwhile, on a resumed session of ${version}`,
    async () => {
      const { who } = await here.join(depot)
      const first = await here.question({ path: '/', who, version })
      assert.is(first.status, 200)
      await here.clock.pass(31 * day)
      const again = await here.question({ path: '/', who, version, session: first.session })
      assert.equal([again.status, again.resumed], [403, true])
    },
  )
}

revocation('counts on a session that is resumed after a restart of the fleet too', async () => {
  const { who } = await here.join(depot)
  const { session } = await here.question({ path: '/', who })
  await here.door.stop()
  await here.door.start()
  const again = await here.question({ path: '/', who, session })
  assert.equal([again.status, again.resumed], [200, true])
  await here.door.stop()
  await here.authority.identities.revoke('kazan-7', 'a person')
  await here.door.start()
  const third = await here.question({ path: '/', who, session })
  assert.equal([third.status, third.resumed], [403, true])
})

revocation('outlives each session: in the next week it begins anew with a whole handshake', async () => {
  await here.close()
  here = await openJoining({ http, doorLimits: { ticketRenewal: 20 } })
  const { who } = await here.join(depot)
  const { session } = await here.question({ path: '/', who })
  await here.clock.pass(7 * day)
  const resumed = async () => (await here.question({ path: '/', who, session })).resumed
  while (await resumed());
  assert.is((await here.question({ path: '/', who, session })).status, 200)
})

revocation('does not make a stranger who resumes a session somebody', async () => {
  const first = await here.question({ path: paths.time, version: 'TLSv1.3' })
  const again = await here.question({ path: '/', version: 'TLSv1.3', session: first.session })
  assert.equal([again.status, again.resumed], [401, true])
})

revocation.run()

const theEnd = suite('the end of a certificate')
theEnd.before.each(async () => {
  here = await openJoining({ http })
})
theEnd.after.each(() => here.close())

theEnd('cuts its messages and its uploads within a second, although nobody announces it', async () => {
  assert.ok(doorLimits.sweep < 1000)
  const { who } = await here.join(depot)
  const { client, cut } = await atWork(who)
  await here.clock.pass(31 * day)
  await Promise.all([client.closed, cut])
})

theEnd('leaves a terminal alone that asks slowly for its next certificate', async () => {
  const { who } = await here.join(depot)
  await here.clock.pass(15 * day)
  const next = await here.join({ ...depot, device: 'kazan-8' })
  await here.clock.pass(16 * day)
  const { request: csr } = await makeRequest('x')
  const body = Buffer.from(JSON.stringify({ csr }))
  const asking = send(who, 'POST', paths.renew, body.subarray(0, 100), body.length)
  const answered = once(asking, 'response')
  const { cut } = await beginUpload(next.who)
  await here.clock.pass(15 * day)
  // What looks through the connections has come by both.
  await cut
  asking.end(body.subarray(100))
  const [response] = await answered
  assert.is(response.statusCode, 200)
  response.resume()
})

theEnd.run()
