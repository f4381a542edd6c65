import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { EventStreams } from '../event-stream.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** What happens in the whole fleet, for lists that stay true. */
export const eventRoutes =
  ({ terminals, commands }: ApiParts, streams: EventStreams): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/events',
      {
        config: { permission: 'terminals.read' },
        schema: {
          operationId: 'events',
          summary: 'Changes of terminals and commands as server-sent events',
          description: 'Events `terminal` (a Terminal) and `command` (a Command).',
          produces: ['text/event-stream'],
          response: { 200: Type.String({ description: 'text/event-stream' }), ...problems },
        },
      },
      async (_request, reply) => {
        let leave = () => {}
        const stream = streams.open(reply, () => leave())
        const stops = [
          terminals.watch((terminal) => stream.send('terminal', terminal)),
          commands.live.watch((command) => stream.send('command', command)),
        ]
        leave = () => {
          for (const stop of stops) stop()
        }
      },
    )
  }
