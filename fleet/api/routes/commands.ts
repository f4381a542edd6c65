import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Uuid } from '../../../protocol/envelope.ts'
import { isFinal } from '../../../protocol/messages.ts'
import { may } from '../../auth/actor.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf, stillAllowed } from '../access.ts'
import type { EventStream, EventStreams } from '../event-stream.ts'
import type { ApiParts } from '../ports.ts'
import { Command } from '../schemas.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Uuid })
const missing = () => new ProblemError('not-found', 'There is no such command')

/** Commands and what happens to them. */
export const commandRoutes =
  (parts: ApiParts, streams: EventStreams): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { commands } = parts
    app.get(
      '/commands/:id',
      {
        config: { permission: 'commands.read' },
        schema: {
          operationId: 'command',
          summary: 'One command and where it stands',
          params,
          response: { 200: Command, ...problems },
        },
      },
      async (request) => {
        const command = await commands.get(request.params.id)
        if (!command) throw missing()
        return command
      },
    )

    app.delete(
      '/commands/:id',
      {
        config: { permission: 'commands.run' },
        schema: {
          operationId: 'cancelCommand',
          summary: 'Ask to stop it; one that is over stays as it is',
          params,
          response: { 202: Command, ...problems },
        },
      },
      async (request, reply) => {
        const command = await commands.cancel(request.params.id)
        if (!command) throw missing()
        return reply.code(202).send(command)
      },
    )

    app.get(
      '/commands/:id/events',
      {
        exposeHeadRoute: false,
        config: { permission: 'commands.read', personal: true, background: true },
        schema: {
          operationId: 'commandEvents',
          summary: 'Its states, progress, picture bands and log lines as server-sent events',
          description:
            'Events `state` (a Command), `progress` (a Progress), `band` (a Band, for who may read artefacts) and ' +
            '`log` (`{lines}`, of `terminal.logs`). Begins with the state, the bands and the newest lines so far and ' +
            'ends after the final state. A `terminal.logs` that nobody follows any more is cancelled.',
          params,
          produces: ['text/event-stream'],
          response: { 200: Type.String({ description: 'text/event-stream' }), ...problems },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const command = await commands.get(id)
        if (!command) throw missing()
        // Nothing is awaited between this look and the following, so that no happening falls between them.
        const follow = (stream: EventStream) => {
          stream.send('state', command)
          if (isFinal(command.state)) {
            stream.end()
            return undefined
          }
          // A band is a piece of a page.
          const shows = may(actorOf(request), 'artefacts.read')
          if (shows) for (const band of commands.live.bands(id)) stream.send('band', band)
          const lines = commands.live.lines(id)
          if (lines.length > 0) stream.send('log', { lines })
          return commands.live.follow(id, (happening) => {
            if (happening.kind === 'band') return shows ? stream.send('band', happening.band) : undefined
            if (happening.kind === 'log') return stream.send('log', { lines: happening.lines })
            if (happening.kind === 'progress') return stream.send('progress', happening.progress)
            stream.send('state', happening.command)
            if (isFinal(happening.command.state)) stream.end()
          })
        }
        streams.open(reply, follow, stillAllowed(request, parts))
      },
    )
  }
