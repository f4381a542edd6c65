import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Uuid } from '../../../protocol/envelope.ts'
import { sees } from '../../auth/actor.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { Claim, ClaimRequest, NewClaim } from '../identity-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** One-time rights to enrol terminals. */
export const claimRoutes =
  ({ claims, terminals }: Pick<ApiParts, 'claims' | 'terminals'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    /** A claim moves a terminal, so both where it stands and where it shall stand must be the actor's. */
    const mayPlace = (request: FastifyRequest, device: string, village: string): boolean => {
      const known = terminals.get(device)
      return sees(actorOf(request), village) && (!known || sees(actorOf(request), known.village))
    }

    app.post(
      '/claims',
      {
        config: { permission: 'claims.write', heedsVillages: true },
        schema: {
          operationId: 'createClaim',
          summary:
            'Let one machine enrol as this terminal, once, within 72 hours; the code is told this once',
          body: ClaimRequest,
          response: { 201: NewClaim, ...problems },
        },
      },
      async (request, reply) => {
        const { device, village } = request.body
        if (!mayPlace(request, device, village)) {
          throw new ProblemError('not-allowed', 'This terminal stands in a village that is not yours')
        }
        return reply.code(201).send(await claims.create(request.body, actorOf(request).id))
      },
    )

    app.get(
      '/claims',
      {
        config: { permission: 'claims.read', heedsVillages: true },
        schema: {
          operationId: 'claims',
          summary: 'The claims of the villages that one sees, the newest first, without their codes',
          response: { 200: Type.Array(Claim), ...problems },
        },
      },
      async (request) => (await claims.list()).filter(({ village }) => sees(actorOf(request), village)),
    )

    app.delete(
      '/claims/:id',
      {
        config: { permission: 'claims.write', heedsVillages: true },
        schema: {
          operationId: 'withdrawClaim',
          summary: 'Take back a claim that was not used yet',
          params: Type.Object({ id: Uuid }),
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const claim = await claims.get(id)
        if (!claim || !sees(actorOf(request), claim.village)) {
          throw new ProblemError('not-found', 'There is no such claim')
        }
        await claims.withdraw(id)
        return reply.code(204).send(null)
      },
    )
  }
