import type { TSchema } from 'typebox'
import { commands } from './commands.ts'
import { deviceIdPattern, type TopicKind, topics } from './topics.ts'
import { type Channel, wire } from './wire.ts'

/** The topic of a kind with its variable levels in braces. */
const addressOf = (kind: TopicKind): string => topics[kind]('{device}', '{command}')

const channelOf = (kind: TopicKind, { summary }: Channel) => {
  const address = addressOf(kind)
  return {
    address,
    title: summary,
    messages: { [kind]: { $ref: `#/components/messages/${kind}` } },
    parameters: {
      device: { description: `Id of the terminal: its certificate subject; ${deviceIdPattern}` },
      ...(address.includes('{command}') ? { command: { description: 'Id of the command (RFC 9562)' } } : {}),
    },
  }
}

/** `send` and `receive` are the fleet's side (AsyncAPI 3.0, operation object). */
const operationOf = (kind: TopicKind, { direction, qos, retain, summary }: Channel) => ({
  action: direction === 'dn' ? 'send' : 'receive',
  channel: { $ref: `#/channels/${kind}` },
  summary,
  bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
})

const each = <T>(make: (kind: TopicKind, channel: Channel) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(wire).map(([kind, channel]) => [kind, make(kind as TopicKind, channel)]))

const schemasOf = (): Record<string, TSchema> =>
  Object.fromEntries(
    Object.entries(commands).flatMap(([name, { input, output }]) => [
      [`${name}.input`, input],
      [`${name}.output`, output],
    ]),
  )

/** The terminals' door as an AsyncAPI 3.0 document, made from the same table that both sides check by. */
export const asyncApi = (version: string) => ({
  asyncapi: '3.0.0',
  info: {
    title: "Avyl: the terminals' door",
    version,
    description: 'MQTT 3.1.1 over TLS with client certificates. JSON bodies of at most 64 KiB.',
  },
  defaultContentType: 'application/json',
  channels: each(channelOf),
  operations: each(operationOf),
  components: {
    messages: each((kind, { summary, body }) => ({ name: kind, summary, payload: body })),
    schemas: schemasOf(),
  },
})
