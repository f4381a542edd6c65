import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { sees } from '../../auth/actor.ts'
import { actorOf } from '../access.ts'
import { noteOf } from '../audited.ts'
import type { ApiParts } from '../ports.ts'
import { Command, CommandAccepted, CommandRequest, Terminal } from '../schemas.ts'
import { mustSee, type Scope } from '../scope.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Type.String({ pattern: deviceIdPattern }) })

/** The terminals and what they are asked to do. */
export const terminalRoutes =
  ({ terminals, commands }: ApiParts, scope: Scope): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/terminals',
      {
        config: { permission: 'terminals.read', heedsVillages: true },
        schema: {
          operationId: 'terminals',
          summary: 'All terminals of the villages that one sees',
          response: { 200: Type.Array(Terminal), ...problems },
        },
      },
      async (request) => terminals.list().filter(({ village }) => sees(actorOf(request), village)),
    )

    app.get(
      '/terminals/:id',
      {
        config: { permission: 'terminals.read' },
        schema: {
          operationId: 'terminal',
          summary: 'One terminal',
          params,
          response: { 200: Terminal, ...problems },
        },
      },
      async (request) => terminals.known(request.params.id),
    )

    app.get(
      '/terminals/:id/commands',
      {
        config: { permission: 'commands.read' },
        schema: {
          operationId: 'commandsOfTerminal',
          summary: 'Its newest commands, the newest first',
          params,
          querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }),
          response: { 200: Type.Array(Command), ...problems },
        },
      },
      async (request) => commands.latest(terminals.known(request.params.id).id, request.query.limit ?? 50),
    )

    app.post(
      '/terminals/:id/commands',
      {
        config: { permission: 'commands.run' },
        schema: {
          operationId: 'requestCommand',
          summary: 'Ask a terminal to do something',
          params,
          body: CommandRequest,
          response: { 202: CommandAccepted, ...problems },
        },
      },
      async (request, reply) => {
        const { name, input, expiresInMs, idempotencyKey } = request.body
        noteOf(request, { about: name })
        // To print a document is to read it.
        const document = (input as { document?: unknown } | null)?.document
        if (typeof document === 'string') await mustSee(scope, 'file', actorOf(request), document)
        const { id, state } = await commands.request({
          terminal: terminals.known(request.params.id).id,
          name,
          input,
          actor: actorOf(request).id,
          ...(expiresInMs === undefined ? {} : { expiresInMs }),
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        })
        noteOf(request, { about: `${name} ${id}` })
        return reply.code(202).header('location', `/api/v1/commands/${id}`).send({ id, state })
      },
    )
  }
