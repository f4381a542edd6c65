import type { Command, CommandRequest } from '../fleet/api/schemas.ts'
import type { Api } from '../fleet/web/api.ts'
import { isFinal } from '../protocol/messages.ts'
import { openEvents } from '../simulator/live-events.ts'

/** Starts a command and gives what it became; `seen` hears each of its live events. */
export const runCommand = async (
  api: Api,
  terminal: string,
  request: CommandRequest,
  seen: (event: string, data: unknown, id: string) => void = () => undefined,
): Promise<Command> => {
  const { id } = await api.start(terminal, request)
  for await (const { event, data } of await openEvents(api, `/commands/${id}/events`)) {
    seen(event, data, id)
    if (event === 'state' && isFinal((data as Command).state)) return data as Command
  }
  throw new Error(`The events of ${request.name} ended before it did`)
}

/** The same, where anything but success ends the measurement. */
export const succeed = async (...given: Parameters<typeof runCommand>): Promise<Command> => {
  const command = await runCommand(...given)
  if (command.state !== 'succeeded') throw new Error(`${command.name} ended as ${command.error?.code}`)
  return command
}
