import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { may, sees } from '../../auth/actor.ts'
import { actorOf, stillAllowed } from '../access.ts'
import type { EventStreams } from '../event-stream.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** What happens in the whole fleet, for lists that stay true. */
export const eventRoutes =
  (parts: ApiParts, streams: EventStreams): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { terminals, commands, configurations } = parts
    app.get(
      '/events',
      {
        exposeHeadRoute: false,
        config: { permission: 'terminals.read', heedsVillages: true },
        schema: {
          operationId: 'events',
          summary: 'Changes of terminals and commands as server-sent events',
          description:
            'Events `terminal` (a Terminal), `command` (a Command) and `configuration` (a ConfigurationState).',
          produces: ['text/event-stream'],
          response: { 200: Type.String({ description: 'text/event-stream' }), ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        let leave = () => {}
        const stream = streams.open(reply, () => leave(), stillAllowed(request, parts))
        const stops = [
          terminals.watch((terminal) => {
            if (sees(actor, terminal.village)) stream.send('terminal', terminal)
          }),
          commands.live.watch((command) => {
            const seen = actor.villages === null || sees(actor, terminals.get(command.terminal)?.village)
            if (seen && may(actor, 'commands.read')) stream.send('command', command)
          }),
          configurations.watch((state) => {
            if (sees(actor, state.village) && may(actor, 'configuration.read')) {
              stream.send('configuration', state)
            }
          }),
        ]
        leave = () => {
          for (const stop of stops) stop()
        }
      },
    )
  }
