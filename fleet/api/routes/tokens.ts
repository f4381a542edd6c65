import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type Actor, covers } from '../../auth/actor.ts'
import type { TokenEntry as Token } from '../../auth/tokens.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { TokenEntry, TokenMade, TokenName, TokenRequest } from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

const reading = { permission: 'people.read', heedsVillages: true } as const
const writing = { permission: 'people.write', heedsVillages: true } as const

const entryOf = ({ scopes, villages, ...token }: Token): TokenEntry => ({
  ...token,
  scopes: scopes && [...scopes],
  villages: villages && [...villages],
})

const sees = ({ villages }: Actor, token: Token): boolean =>
  villages === null || token.villages?.every((one) => villages.includes(one)) === true

/** The ways in for programs, for those who look after them. */
export const tokenRoutes =
  ({ auth: { tokens }, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/tokens',
      {
        config: reading,
        schema: {
          operationId: 'tokens',
          summary: 'All tokens, without their secrets',
          response: { 200: Type.Array(TokenEntry), ...problems },
        },
      },
      async (request) => {
        const actor = actorOf(request)
        return (await tokens.list()).filter((token) => sees(actor, token)).map(entryOf)
      },
    )

    app.post(
      '/tokens',
      {
        config: writing,
        schema: {
          operationId: 'addToken',
          summary: 'Make a token; its secret is told this once',
          body: TokenRequest,
          response: { 201: TokenMade, ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const { expiresInMs, ...wish } = request.body
        if (!covers(actor, { ...wish, villages: wish.villages ?? null })) {
          throw new ProblemError('not-allowed', 'This is more than you may do or see yourself')
        }
        const token = await tokens.add({
          ...wish,
          createdBy: actor.id,
          ...(expiresInMs === undefined ? {} : { lifeMs: expiresInMs }),
        })
        log.info({ token: wish.name, role: wish.role, actor: actor.id }, 'a token was made')
        const made = await tokens.find(wish.name)
        if (!made) throw new ProblemError('not-found', 'The token was revoked at once')
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...entryOf(made), token })
      },
    )

    app.delete(
      '/tokens/:name',
      {
        config: writing,
        schema: {
          operationId: 'revokeToken',
          summary: 'End a token',
          params: Type.Object({ name: TokenName }),
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const token = await tokens.find(request.params.name)
        if (!token || !sees(actor, token)) throw new ProblemError('not-found', 'There is no such token')
        await tokens.revoke(token.name)
        log.info({ token: token.name, actor: actor.id }, 'a token was revoked')
        return reply.code(204).send(null)
      },
    )
  }
