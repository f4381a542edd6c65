import { maxBodyBytes } from '../../protocol/envelope.ts'
import { parseTopic, topics } from '../../protocol/topics.ts'
import { type Channel, wire } from '../../protocol/wire.ts'

/** What a message says of itself before anyone looks into it. */
export interface Outline {
  readonly topic: string
  readonly qos: number
  readonly retain: boolean
  readonly bytes: number
}

/** Why something is not allowed. */
export type Denial =
  | 'foreign'
  | 'not-a-topic'
  | 'wrong-direction'
  | 'wrong-qos'
  | 'not-retained'
  | 'too-large'

const judge = (
  device: string | undefined,
  direction: Channel['direction'],
  outline: Outline,
): Denial | undefined => {
  const topic = parseTopic(outline.topic)
  if (!topic) return 'not-a-topic'
  if (device !== undefined && topic.device !== device) return 'foreign'
  const channel: Channel = wire[topic.kind]
  if (channel.direction !== direction) return 'wrong-direction'
  if (outline.qos > 1) return 'wrong-qos'
  if (outline.retain && !channel.retain) return 'not-retained'
  return outline.bytes > maxBodyBytes ? 'too-large' : undefined
}

/**
 * The rights of a terminal, all of them read from the table `wire`: it publishes on its own `up` topics and on nothing
 * else (so neither on `$SYS` nor for a neighbour). A will is a publish too. `undefined` is a yes.
 */
export const mayPublish = (device: string, outline: Outline): Denial | undefined =>
  judge(device, 'up', outline)

/** What the fleet may send: `dn` topics alone. */
export const maySend = (outline: Outline): Denial | undefined => judge(undefined, 'dn', outline)

/** One filter and no other: so nobody reads a neighbour's topics and nobody fills the memory with filters. */
export const maySubscribe = (device: string, filter: string): boolean => filter === topics.down(device)
