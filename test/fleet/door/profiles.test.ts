import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../../agent/profiles/description.ts'
import { sha256Of } from '../../../agent/profiles/editions.ts'
import { canonical } from '../../../protocol/canonical.ts'
import { maxDescriptionBytes } from '../../../protocol/device-description.ts'
import { door as paths } from '../../../protocol/door.ts'
import { type HttpDoor, openHttpDoor } from '../../support/http-door.ts'
import { nothingThere } from '../../support/unknown-device.ts'

let here: HttpDoor

const aTerminal = suite('a terminal that asks about profiles')
aTerminal.before.each(async () => {
  here = await openHttpDoor()
})
aTerminal.after.each(() => here.close())

aTerminal('fetches an edition by its name', async () => {
  const { sha256 } = here.profiles.reference
  const agent = here.agentOf('kazan-7')
  const answer = await here.ask(agent, 'GET', paths.profiles(sha256))
  assert.is(answer.statusCode, 200)
  assert.is(sha256Of(gunzipSync(await buffer(answer)).toString('utf8')), sha256)
  assert.is(await here.statusOf(agent, 'GET', paths.profiles('0'.repeat(64))), 404)
})

aTerminal('brings what it does not know, once or again', async () => {
  const agent = here.agentOf('kazan-7')
  const { text, sha256 } = capture({ ...nothingThere, dmi: { vendor: 'KB', product: 'T', board: 'B' } })
  const put = (body: Buffer, name = sha256) =>
    here.statusOf(agent, 'PUT', paths.deviceDescription(name), {}, body)
  assert.is(await put(gzipSync(text)), 204)
  assert.is(await put(gzipSync(text)), 204)
  const kept = await here.descriptions.of('kazan-7')
  assert.equal([kept?.sha256, kept?.description.dmi.vendor], [sha256, 'KB'])
  assert.is(await here.descriptions.of('kazan-8'), undefined)
})

aTerminal('brings nothing else', async () => {
  const agent = here.agentOf('kazan-7')
  const put = (text: string, body = gzipSync(text), name = sha256Of(text)) =>
    here.statusOf(agent, 'PUT', paths.deviceDescription(name), {}, body)
  const text = capture(nothingThere).text
  assert.is(await put(text, gzipSync(text), 'a'.repeat(64)), 400, 'another name')
  assert.is(await put(text, Buffer.from(text)), 400, 'not packed')
  assert.is(await put('{'), 400, 'no JSON')
  assert.is(await put(canonical({ v: 1, secret: 'x' })), 400, 'no description')
  assert.is(await put('x'.repeat(maxDescriptionBytes + 1)), 400, 'too much when it is unpacked')
  assert.is(await put(text, Buffer.alloc(64 * 1024 + 1)), 413, 'too much at once')
  assert.is(await here.descriptions.of('kazan-7'), undefined)
})

aTerminal.run()
