import { connectAsync, type MqttClient } from 'mqtt'
import type { Credentials } from '../fleet/identity/authority.ts'
import { alpn } from '../protocol/door.ts'
import { topics } from '../protocol/topics.ts'

/** An MQTT client at the terminals' door that listens to all that comes down to it. */
export const connectBare = async (
  device: string,
  port: number,
  { key, certificate, ca }: Credentials,
): Promise<MqttClient> => {
  const client = await connectAsync({
    ...{ key, ca, cert: certificate },
    protocol: 'mqtts',
    host: '127.0.0.1',
    port,
    clientId: device,
    protocolVersion: 4,
    keepalive: 20,
    ALPNProtocols: [alpn.mqtt],
  })
  // As the agent does: otherwise Nagle's algorithm makes 40 ms of every round.
  const { stream } = client
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
  await client.subscribeAsync(topics.down(device), { qos: 1 })
  return client
}
