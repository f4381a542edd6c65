import { MqttClient } from 'mqtt'
import type { Credentials } from '../agent/link/credentials.ts'
import { dialFleet } from '../agent/link/trust.ts'
import type { Credentials as Issued } from '../fleet/identity/authority.ts'
import { alpn } from '../protocol/door.ts'
import { topics } from '../protocol/topics.ts'

/** With what a terminal comes to a door of this machine. */
export const credentialsAt = (port: number, { ca, key, certificate }: Issued): Credentials => ({
  address: { host: '127.0.0.1', port },
  ca,
  own: { key, certificate },
})

/** An MQTT client that comes to the terminals' door as an agent does. */
export const connectBare = async (device: string, credentials: Credentials): Promise<MqttClient> => {
  const stream = await dialFleet(credentials, { protocol: alpn.mqtt })
  const client = new MqttClient(() => stream, {
    clientId: device,
    protocolVersion: 4,
    keepalive: 20,
    reconnectPeriod: 0,
  })
  await new Promise<void>((up) => client.once('connect', () => up()))
  return client
}

/** Listens to all that comes down to a terminal. */
export const listenDown = async (client: MqttClient, device: string): Promise<void> => {
  await client.subscribeAsync(topics.down(device), { qos: 1 })
}
