import type { Logger } from 'pino'
import { maxBodyBytes } from '../protocol/envelope.ts'
import { fits } from '../protocol/fits.ts'
import { parseTopic } from '../protocol/topics.ts'
import { wire } from '../protocol/wire.ts'
import type { Message } from './broker/broker.ts'
import type { Commands } from './commands/commands.ts'
import type { Configurations } from './configuration/configurations.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { EventLog } from './terminals/events.ts'
import type { Terminals } from './terminals/terminals.ts'

export interface InboxParts {
  readonly commands: Pick<Commands, 'report' | 'arrived' | 'log'>
  readonly terminals: Pick<Terminals, 'has' | 'presence' | 'profile'>
  readonly events: Pick<EventLog, 'keep'>
  readonly configurations: Pick<Configurations, 'reported'>
  readonly telemetry: Pick<Telemetry, 'keep'>
  readonly log: Logger
}

/** What a message holds, or `undefined` when it is no JSON of an honest size. */
const bodyOf = (message: Message): unknown => {
  if (message.payload.byteLength > maxBodyBytes) return undefined
  try {
    return JSON.parse(Buffer.from(message.payload).toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * Takes in what terminals say. Resolves when it is in the store and may be acknowledged; rejects only when the store
 * failed, so that the terminal says it again. What does not fit the wire is dropped: saying it again would not help.
 */
export const createInbox =
  ({ commands, terminals, events, configurations, telemetry, log }: InboxParts) =>
  async (device: string, message: Message): Promise<void> => {
    const topic = parseTopic(message.topic)
    if (!topic || topic.device !== device || !terminals.has(device)) return
    const body = bodyOf(message)
    const dropped = () => log.warn({ terminal: device, kind: topic.kind }, 'a message does not fit the wire')
    switch (topic.kind) {
      case 'commandReport':
        if (!fits(wire.commandReport.body, body) || body.id !== topic.command) return dropped()
        return commands.report(device, body)
      case 'presence':
        if (!fits(wire.presence.body, body)) return dropped()
        if (await terminals.presence(device, body)) commands.arrived(device)
        return
      case 'profile':
        if (!fits(wire.profile.body, body)) return dropped()
        return terminals.profile(device, body)
      case 'event':
        if (!fits(wire.event.body, body)) return dropped()
        return events.keep(device, body)
      case 'reported':
        if (!fits(wire.reported.body, body)) return dropped()
        return configurations.reported(device, body)
      case 'telemetry': {
        if (!fits(wire.telemetry.body, body)) return dropped()
        const kept = telemetry.keep(device, body)
        if (message.qos === 1) return kept
        // What is sent once and never again holds up nothing that comes after it; who keeps it tells what was lost.
        kept.catch(() => undefined)
        return
      }
      case 'log':
        if (!fits(wire.log.body, body)) return dropped()
        return commands.log(device, body.id, body.lines)
      default:
        return
    }
  }
