import mqtt from 'mqtt'
import type { Fleet } from '../../fleet/fleet.ts'
import type {
  CommandMessage,
  CommandReport,
  EventMessage,
  LogMessage,
  PresenceMessage,
  ProfileMessage,
  ReportedMessage,
} from '../../protocol/messages.ts'
import { parseTopic, topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'

type Said<T> = Omit<T, 'v' | 'ts' | 'boot' | 'run' | 'seq'>

/** A terminal that says over the real door exactly what a test wants. */
export interface PlainTerminal {
  readonly id: string
  presence(more: Partial<PresenceMessage>): Promise<void>
  profile(profile: Said<ProfileMessage>): Promise<void>
  event(type: EventMessage['type'], data: EventMessage['data']): Promise<void>
  reported(report: Said<ReportedMessage>): Promise<void>
  log(lines: Said<LogMessage>): Promise<void>
  /** The terminal's word on a command. */
  answer(report: Said<CommandReport>): Promise<void>
  /** Takes each command that comes down from now on. */
  take(act: (command: CommandMessage) => void): Promise<void>
  /** Says goodbye for a reason, and leaves. */
  leave(reason: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** Leaves without a word. */
  cut(): void
}

/** Connects a registered terminal, which is there from then on. */
export const connectPlainTerminal = async (
  fleet: Fleet,
  id: string,
  agent = '1.0.0',
): Promise<PlainTerminal> => {
  const { key, certificate, ca } = await fleet.issueTerminal(id)
  const client = await mqtt.connectAsync({
    ...{ protocol: 'mqtts', host: '127.0.0.1', port: fleet.mqttPort, servername: 'localhost' },
    ...{ key, cert: certificate, ca, clientId: id },
    ...{ clean: true, reconnectPeriod: 0, protocolVersion: 4, keepalive: 15 },
  })
  client.on('error', () => undefined)
  let seq = 0
  const publish = async (topic: string, body: object, retain: boolean): Promise<void> => {
    seq += 1
    const envelope = { v: 1, ts: Date.now(), boot: 'boot', run: `run-${id}`, seq }
    await client.publishAsync(topic, JSON.stringify({ ...envelope, ...body }), { qos: 1, retain })
  }
  const presence = (more: Partial<PresenceMessage>): Promise<void> =>
    publish(topics.presence(id), { state: 'online', connection: 1, agent, ...more }, true)
  await presence({})
  return {
    id,
    presence,
    profile: (profile) => publish(topics.profile(id), profile, true),
    event: (type, data) => publish(topics.event(id), { id: uuidv7(), type, at: Date.now(), data }, false),
    reported: (report) => publish(topics.reported(id), report, true),
    log: (lines) => publish(topics.log(id), lines, false),
    answer: (report) => publish(topics.commandReport(id, report.id), report, false),
    take: async (act) => {
      client.on('message', (topic, payload) => {
        if (parseTopic(topic)?.kind === 'command') act(JSON.parse(payload.toString()) as CommandMessage)
      })
      await client.subscribeAsync(topics.down(id), { qos: 1 })
    },
    leave: async (reason) => {
      await presence({ state: 'bye', reason })
      await client.endAsync()
    },
    cut: () => client.stream.destroy(),
  }
}
