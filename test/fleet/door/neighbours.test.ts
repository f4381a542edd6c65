import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { door as paths } from '../../../protocol/door.ts'
import { topics } from '../../../protocol/topics.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { command, type HttpDoor, openHttpDoor } from '../../support/http-door.ts'
import { BareClient, enter, type OpenedDoor, openDoor } from '../../support/terminals-door.ts'

const theirs = 'kazan-7'
const own = 'kazan-8'
const id = uuidv7()

const mqtt = suite('a terminal among its neighbours, by messages')

let opened: OpenedDoor
mqtt.before.each(async () => {
  opened = await openDoor()
})
mqtt.after.each(() => opened.close())

const publishes = [
  topics.presence(theirs),
  topics.profile(theirs),
  topics.reported(theirs),
  topics.event(theirs),
  topics.telemetry(theirs),
  topics.commandReport(theirs, id),
  topics.desired(theirs),
  topics.command(theirs, id),
  topics.cancel(theirs, id),
  topics.probe(theirs),
  topics.desired(own),
  topics.command(own, id),
  topics.probe(own),
]
for (const topic of publishes) {
  mqtt(`publishes nothing on ${topic}`, async () => {
    const client = await enter(opened, own)
    client.publish(topic)
    await client.closed
    assert.equal(opened.messages, [])
  })

  mqtt(`leaves no will on ${topic}`, async () => {
    const client = new BareClient(await opened.dial(await opened.authority.issueTerminal(own)))
    client.connect(own, { will: { topic, payload: Buffer.from('{}'), qos: 1, retain: false } })
    assert.is((await client.next('connack'))?.returnCode, 5)
    await client.closed
    assert.equal(opened.messages, [])
  })
}

const filters = [
  topics.down(theirs),
  topics.command(theirs, id),
  topics.desired(theirs),
  topics.down('+'),
  `${topics.upPrefix(theirs)}#`,
  '#',
  '+/#',
  '$SYS/#',
  `$share/a/${topics.down(theirs)}`,
]
for (const filter of filters) {
  mqtt(`reads nothing by ${filter}`, async () => {
    const client = await enter(opened, own)
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] })
    const answer = await Promise.race([client.next('suback'), client.closed])
    assert.equal(answer ? answer.granted : [128], [128])
    const topic = topics.command(theirs, id)
    await opened.broker.publish({ topic, payload: Buffer.from('{}'), qos: 1, retain: false })
    if (answer) {
      client.send({ cmd: 'pingreq' })
      await client.next('pingresp')
    }
    assert.not(client.packets.some(({ cmd }) => cmd === 'publish'))
  })
}

mqtt('does not come in under another name', async () => {
  const client = new BareClient(await opened.dial(await opened.authority.issueTerminal(own)))
  client.connect(theirs)
  assert.is((await client.next('connack'))?.returnCode, 2)
  assert.equal(opened.peers, [])
})

mqtt.run()

const files = suite('a terminal among its neighbours, by files')

let here: HttpDoor
files.before.each(async () => {
  here = await openHttpDoor()
})
files.after.each(() => here.close())

files('neither sends, finds, goes on with nor reads what is another one’s', async () => {
  const [mine, other] = [here.agentOf(own), here.agentOf(theirs)]
  const artefact = uuidv7()
  const metadata = {
    artefact,
    part: 'original',
    kind: 'page',
    mediaType: 'image/jpeg',
    command,
    sha256: 'a'.repeat(64),
  }
  const begin = {
    'tus-resumable': '1.0.0',
    'upload-length': 100,
    'upload-metadata': Object.entries(metadata)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
  }
  const tus = { 'tus-resumable': '1.0.0' }
  const patch = { ...tus, 'upload-offset': 0, 'content-type': 'application/offset+octet-stream' }
  const upload = paths.upload(artefact, 'original')
  assert.is(await here.statusOf(mine, 'POST', paths.uploads, begin), 403)
  assert.is(await here.statusOf(other, 'POST', paths.uploads, begin), 201)
  assert.is(await here.statusOf(mine, 'HEAD', upload, tus), 404)
  assert.is(await here.statusOf(mine, 'PATCH', upload, patch, Buffer.alloc(100)), 404)
  assert.is(await here.statusOf(mine, 'POST', paths.uploads, begin), 403)
  assert.is(await here.statusOf(other, 'HEAD', upload, tus), 200)
  const jpeg = Buffer.from([0xff, 0xd8, 0xff])
  assert.is(await here.statusOf(mine, 'PUT', `${paths.band(command, 1, 0)}?width=4&height=4`, {}, jpeg), 404)
  const row = await here.artefacts.put({ kind: 'document', mediaType: 'application/pdf', source: jpeg })
  here.readable.set(row.id, theirs)
  assert.is(await here.statusOf(mine, 'GET', paths.document(row.id)), 404)
  assert.is(await here.statusOf(other, 'GET', paths.document(row.id)), 200)
})

files.run()
