import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClock } from '../../../agent/link/clock.ts'
import { createDoor, readBounded } from '../../../agent/link/https.ts'
import { createLivePreview } from '../../../agent/link/live.ts'
import { maxBandBytes } from '../../../protocol/door.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { credentialsOf, openTerminalFleet } from '../../support/terminal-fleet.ts'

const never = new AbortController().signal

const atTheDoor = async () => {
  const fleet = await openTerminalFleet()
  const config = await fleet.configure('terminal-1')
  const credentials = await credentialsOf(config)
  const door = createDoor(() => credentials, createClock())
  return {
    fleet,
    door,
    async close() {
      door.close()
      await fleet.close()
    },
  }
}

const aTerminal = suite("a terminal at the fleet's door")

aTerminal('shows bands in their order, and drops the oldest when the line is thin', async () => {
  const { fleet, door, close } = await atTheDoor()
  const live = createLivePreview(door, never)
  const command = uuidv7()
  const band = { page: 1, width: 100, height: 8, jpeg: Buffer.from('jpeg') }
  for (let top = 0; top < 40; top++) live.show(command, { ...band, top, pageHeight: 320 })
  live.show(command, { ...band, top: 99, jpeg: Buffer.alloc(maxBandBytes + 1) })
  await fleet.until(() => fleet.bands.some(({ path }) => path.includes('/39?')))
  const tops = fleet.bands.map(({ path }) => Number(/\/1\/([0-9]+)\?/.exec(path)?.[1]))
  assert.equal(tops, [0, ...Array.from({ length: 16 }, (_, index) => 24 + index)])
  assert.match(fleet.bands[0]?.path ?? '', 'width=100&height=8&pageHeight=320')
  await close()
})

aTerminal('shows nothing more when it stops, and outlives a fleet that is gone', async () => {
  const { fleet, door, close } = await atTheDoor()
  await close()
  const stopped = new AbortController()
  const live = createLivePreview(door, stopped.signal)
  const band = { page: 1, top: 0, width: 1, height: 1, jpeg: Buffer.from('x') }
  live.show(uuidv7(), band)
  await new Promise((resolve) => setTimeout(resolve, 20))
  stopped.abort()
  live.show(uuidv7(), band)
  assert.equal(fleet.bands, [])
})

aTerminal('lets go of a connection that is being opened when it closes the door', async () => {
  const { fleet, door, close } = await atTheDoor()
  const mute = createServer().listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  const credentials = { ...(await credentialsOf(await fleet.configure('terminal-2'))) }
  const other = createDoor(() => ({ ...credentials, address: { host: '127.0.0.1', port } }), createClock())
  const dialled = once(mute, 'connection')
  const refused = other.ask({ method: 'GET', path: '/time', signal: never }).catch((thrown) => thrown)
  const [line] = (await dialled) as [Socket]
  other.close()
  assert.match((await refused).message, 'The door is closed')
  await once(line.resume(), 'close')
  mute.close()
  door.close()
  await close()
})

aTerminal('reads no more of an answer than it will hold', async () => {
  const { Readable } = await import('node:stream')
  const error = await readBounded(Readable.from([Buffer.alloc(10)]), 9).catch((thrown) => thrown)
  assert.instance(error, RangeError)
  assert.is((await readBounded(Readable.from([Buffer.alloc(10)]), 10)).length, 10)
})

aTerminal.run()
