import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { passes } from '../../../agent/setup/ports.ts'

const never = new AbortController().signal
const host = '127.0.0.1'

const aPort = suite('a port')

aPort('over TCP passes when it is open', async () => {
  const server = createServer((socket) => socket.destroy())
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  assert.is(await passes({ host, port, protocol: 'tcp' }, never), true)
  server.close()
  await once(server, 'close')
  assert.is(await passes({ host, port, protocol: 'tcp' }, never), false)
})

aPort('over UDP passes when a STUN server answers to the question, and to no other answer', async () => {
  const server = createSocket('udp4')
  let questions = 0
  server.on('message', (question, { port }) => {
    questions += 1
    assert.equal([question.length, question.readUInt16BE(0)], [20, 1])
    const answer = Buffer.from(question)
    // The first answer belongs to another question.
    if (questions === 1) answer.writeUInt8(answer.readUInt8(19) ^ 1, 19)
    answer.writeUInt16BE(0x0101, 0)
    server.send(answer, port, host)
  })
  server.bind(0, host)
  await once(server, 'listening')
  assert.is(await passes({ host, port: server.address().port, protocol: 'udp' }, never), true)
  assert.is(questions, 2)
  server.close()
})

aPort('that is silent does not pass', async () => {
  const server = createSocket('udp4').bind(0, host)
  await once(server, 'listening')
  const { port } = server.address()
  const leaving = new AbortController()
  const asked = passes({ host, port, protocol: 'udp' }, leaving.signal)
  await once(server, 'message')
  leaving.abort()
  assert.is(await asked, false)
  server.close()
})

for (const protocol of ['tcp', 'udp'] as const) {
  aPort(
    `over ${protocol} of a name that nobody knows does not pass, also when asking ended before`,
    async () => {
      // RFC 6761 6.4: it resolves to nothing, with a network and without.
      const place = { host: 'nowhere.invalid', port: 3478, protocol }
      const leaving = new AbortController()
      const asked = passes(place, leaving.signal)
      leaving.abort()
      assert.is(await asked, false)
      assert.is(await passes(place, never), false)
      // What fails of the first one comes now at the latest, and ends this process where it is not heard.
      await lookup(place.host).catch(() => undefined)
      await sleep(50)
    },
  )
}

aPort.run()
