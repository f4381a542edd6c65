import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { ApiParts } from '../ports.ts'
import { SigningKeyNews } from '../schemas.ts'
import { problems } from './answers.ts'

const Id = Type.String({ pattern: '^[0-9a-f]{16}$' })

/** At most a week: whoever wants a later one asks later. */
const Rotation = Type.Object(
  { afterMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 * 86_400_000 })) },
  { additionalProperties: false },
)

/** The keys with which the fleet signs. Terminals get them, certified, at their own door. */
export const signingRoutes =
  ({ signing }: Pick<ApiParts, 'signing'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/signing-keys',
      {
        config: { open: true },
        schema: {
          operationId: 'signingKeys',
          summary: 'The keys with which the fleet signs, the newest first',
          response: { 200: Type.Array(SigningKeyNews), ...problems },
        },
      },
      async () => signing.list(),
    )

    app.post(
      '/signing-keys/rotate',
      {
        config: { permission: 'signing.write' },
        schema: {
          operationId: 'rotateSigningKey',
          summary: 'Announce a new key; it signs after a while, four hours unless told',
          body: Rotation,
          response: { 201: SigningKeyNews, ...problems },
        },
      },
      async (request, reply) => reply.code(201).send(await signing.rotate(request.body.afterMs)),
    )

    app.delete(
      '/signing-keys/:id',
      {
        config: { permission: 'signing.write' },
        schema: {
          operationId: 'revokeSigningKey',
          summary: 'Take a key back at once; where it signed, another one signs from now on',
          params: Type.Object({ id: Id }),
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        await signing.revoke(request.params.id)
        return reply.code(204).send(null)
      },
    )
  }
