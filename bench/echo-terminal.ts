import { connectAsync } from 'mqtt'
import type { Credentials } from '../fleet/identity/authority.ts'
import { alpn } from '../protocol/door.ts'
import { topics } from '../protocol/topics.ts'

/** A terminal that does nothing but send back, as QoS 1, each message that comes down. Tells `ready` when it listens. */
export interface EchoOrder {
  readonly device: string
  readonly port: number
  readonly credentials: Credentials
}

process.once('message', async (order: EchoOrder) => {
  const { device, port, credentials } = order
  const client = await connectAsync({
    ...credentials,
    cert: credentials.certificate,
    protocol: 'mqtts',
    host: '127.0.0.1',
    port,
    clientId: device,
    protocolVersion: 4,
    keepalive: 20,
    ALPNProtocols: [alpn.mqtt],
  })
  client.on('message', (_topic, payload) => client.publish(topics.event(device), payload, { qos: 1 }))
  await client.subscribeAsync(topics.down(device), { qos: 1 })
  process.send?.('ready')
})
process.once('disconnect', () => process.exit())
