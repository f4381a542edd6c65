import type { TSchema } from 'typebox'
import {
  CancelMessage,
  CommandMessage,
  CommandReport,
  DesiredMessage,
  EventMessage,
  LogMessage,
  PresenceMessage,
  ProbeMessage,
  ProfileMessage,
  ReportedMessage,
  TelemetryMessage,
} from './messages.ts'
import type { TopicKind } from './topics.ts'

/** Who sends on a topic, with which guarantee, and what the body is. */
export interface Channel {
  readonly direction: 'up' | 'dn'
  readonly qos: 0 | 1
  readonly retain: boolean
  readonly summary: string
  readonly body: TSchema
}

/** The whole MQTT wire in one table: checks, rights and the AsyncAPI document are made from it. */
export const wire = {
  presence: {
    direction: 'up',
    qos: 1,
    retain: true,
    summary: 'Whether the terminal is there',
    body: PresenceMessage,
  },
  profile: {
    direction: 'up',
    qos: 1,
    retain: true,
    summary: 'What the terminal is and can do',
    body: ProfileMessage,
  },
  reported: {
    direction: 'up',
    qos: 1,
    retain: true,
    summary: 'The configuration it has',
    body: ReportedMessage,
  },
  event: { direction: 'up', qos: 1, retain: false, summary: 'Things that happened', body: EventMessage },
  telemetry: {
    direction: 'up',
    qos: 0,
    retain: false,
    summary: 'Packed vitals; with QoS 1 where they were kept while the line was down',
    body: TelemetryMessage,
  },
  log: { direction: 'up', qos: 0, retain: false, summary: 'Log lines that somebody reads', body: LogMessage },
  commandReport: {
    direction: 'up',
    qos: 1,
    retain: false,
    summary: 'State of a command',
    body: CommandReport,
  },
  desired: {
    direction: 'dn',
    qos: 1,
    retain: true,
    summary: 'The configuration Kazan wants',
    body: DesiredMessage,
  },
  command: { direction: 'dn', qos: 1, retain: false, summary: 'A command', body: CommandMessage },
  cancel: { direction: 'dn', qos: 1, retain: false, summary: 'Stop a command', body: CancelMessage },
  probe: {
    direction: 'dn',
    qos: 1,
    retain: false,
    summary: 'Nothing: its acknowledgement shows that somebody is there',
    body: ProbeMessage,
  },
} as const satisfies Record<TopicKind, Channel>
