import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alpn } from '../../../protocol/door.ts'
import {
  BareClient,
  dial,
  enter,
  type OpenDoor,
  type OpenedDoor,
  openDoor,
} from '../../support/terminals-door.ts'

let opened: OpenedDoor | undefined
const close = async () => {
  await opened?.close()
  opened = undefined
}
const open = async (options: OpenDoor = {}) => {
  opened = await openDoor(options)
  return opened
}
const closed = (socket: TLSSocket) =>
  socket.destroyed || new Promise((resolve) => socket.resume().once('close', () => resolve(true)))
const hello: OpenDoor['http'] = ({ device }, _request, response) => response.end(`hello ${device}`)
/** What comes back for one bare HTTP request. */
const ask = async (socket: TLSSocket, text = 'GET / HTTP/1.1\r\nhost: door\r\n\r\n') => {
  socket.write(text)
  const [bytes] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])
  return String(bytes)
}

const theDoor = suite('the terminals’ door')
theDoor.after.each(close)

theDoor('speaks HTTP and MQTT on one port, as the client offers', async () => {
  const door = await open({ http: hello })
  const terminal = await door.authority.issueTerminal('kazan-7')
  assert.match(await ask(await door.dial(terminal, alpn.http)), 'hello kazan-7')
  await enter(door, 'kazan-7')
  const other = await door.authority.issueTerminal('kazan-8')
  const plain = connect({
    host: '127.0.0.1',
    port: door.door.port,
    ca: other.ca,
    key: other.key,
    cert: other.certificate,
  })
  await once(plain, 'secureConnect')
  const client = new BareClient(plain)
  client.connect('kazan-8')
  assert.is((await client.next('connack'))?.returnCode, 0)
})

theDoor('speaks nothing else', async () => {
  const door = await open({ http: hello })
  const terminal = await door.authority.issueTerminal('kazan-7')
  assert.ok(await closed(await door.dial(terminal, 'h2')))
  const old = connect({
    host: '127.0.0.1',
    port: door.door.port,
    ca: terminal.ca,
    key: terminal.key,
    cert: terminal.certificate,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
  })
  old.on('error', () => {})
  assert.ok(await closed(old))
})

theDoor('takes suites with authenticated encryption alone, and prefers SHA-256', async () => {
  const door = await open({ http: hello })
  const terminal = await door.authority.issueTerminal('kazan-7')
  const dialled = (options: ConnectionOptions) => door.dial(terminal, alpn.http, options)
  const suiteOf = async (options: ConnectionOptions) => (await dialled(options)).getCipher().standardName
  assert.is(await suiteOf({}), 'TLS_AES_128_GCM_SHA256')
  assert.is(await suiteOf({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }), 'TLS_CHACHA20_POLY1305_SHA256')
  const old: ConnectionOptions = { maxVersion: 'TLSv1.2' }
  assert.is(await suiteOf(old), 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256')
  assert.ok(await closed(await dialled({ ...old, ciphers: 'ECDHE-ECDSA-AES128-SHA256' })))
})

theDoor('opens nothing to a certificate that is not admitted, also on an open connection', async () => {
  let admitted = true
  const door = await open({ http: hello, admits: ({ device }) => admitted || device !== 'kazan-7' })
  const terminal = await door.authority.issueTerminal('kazan-7')
  const socket = await door.dial(terminal, alpn.http)
  assert.match(await ask(socket), 'hello')
  admitted = false
  assert.match(await ask(socket), 'HTTP/1.1 403')
  assert.ok(await closed(socket))
  const again = await door.dial(terminal, alpn.http)
  assert.match(await ask(again), 'HTTP/1.1 403')
  assert.ok(await closed(again))
  assert.ok(await closed(await door.dial(terminal, alpn.mqtt)))
  await enter(door, 'kazan-8')
})

theDoor('opens nothing to a certificate that names no terminal', async () => {
  const door = await open({ http: hello })
  assert.match(await ask(await door.dial(door.authority.server, alpn.http)), 'HTTP/1.1 401')
  assert.ok(await closed(await door.dial(door.authority.server, alpn.mqtt)))
})

theDoor('cuts every connection of one terminal, in the middle of whatever it does', async () => {
  const door = await open({ http: () => {} })
  const terminal = await door.authority.issueTerminal('kazan-7')
  const http = await door.dial(terminal, alpn.http)
  http.write('GET / HTTP/1.1\r\nhost: door\r\n\r\n')
  const mqtt = await enter(door, 'kazan-7')
  const other = await enter(door, 'kazan-8')
  door.door.disconnect('kazan-7')
  door.door.disconnect('nobody')
  await Promise.all([closed(http), mqtt.closed])
  other.send({ cmd: 'pingreq' })
  assert.ok(await other.next('pingresp'))
})

theDoor('lets a terminal have so many connections and no more', async () => {
  const door = await open({ http: hello, doorLimits: { connectionsOfADevice: 2 } })
  const terminal = await door.authority.issueTerminal('kazan-7')
  const first = await door.dial(terminal, alpn.http)
  await door.dial(terminal, alpn.http)
  assert.ok(await closed(await door.dial(terminal, alpn.http)))
  const neighbour = await door.authority.issueTerminal('kazan-8')
  assert.match(await ask(await door.dial(neighbour, alpn.http)), 'hello')
  assert.match(await ask(first), 'hello')
})

theDoor('lets an address come so often and no oftener', async () => {
  const door = await open({ http: hello, doorLimits: { connections: { perSecond: 0.001, burst: 2 } } })
  const terminal = await door.authority.issueTerminal('kazan-7')
  await door.dial(terminal, alpn.http)
  await door.dial(terminal, alpn.http)
  assert.ok((await dial(door.door.port, terminal, alpn.http)).destroyed)
})

theDoor('does not wait for a header or a handshake without end', async () => {
  const door = await open({ http: hello, doorLimits: { headersTimeout: 100, handshakeTimeout: 100 } })
  const terminal = await door.authority.issueTerminal('kazan-7')
  const slow = await door.dial(terminal, alpn.http)
  slow.write('GET / HTTP/1.1\r\n')
  let drops = 0
  const drip = setInterval(() => {
    drops += 1
    slow.write('x-a: b\r\n')
  }, 50)
  assert.ok(await closed(slow))
  clearInterval(drip)
  assert.ok(drops < 200, 'it waited for ten seconds of drops')
})

theDoor('tells where it is only while it is open', async () => {
  const door = await open()
  assert.ok(door.door.port > 0)
  await door.door.stop()
  await door.door.stop()
  assert.throws(() => door.door.port)
})

theDoor.run()
