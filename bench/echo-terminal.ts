import type { Credentials } from '../agent/link/credentials.ts'
import { topics } from '../protocol/topics.ts'
import { connectBare, listenDown } from './bare-client.ts'

/** What the process that forks this one tells it first. */
export interface EchoOrder {
  readonly device: string
  readonly credentials: Credentials
}

// A terminal that does nothing but send back, as QoS 1, each message that comes down. Tells `ready` when it listens.
process.once('message', async ({ device, credentials }: EchoOrder) => {
  const client = await connectBare(device, credentials)
  client.on('message', (_topic, payload) => client.publish(topics.event(device), payload, { qos: 1 }))
  await listenDown(client, device)
  process.send?.('ready')
})
process.once('disconnect', () => process.exit())
