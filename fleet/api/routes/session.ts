import rateLimit from '@fastify/rate-limit'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { sessionLifeMs } from '../../auth/sessions.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf, comesFromElsewhere, sessionCookie } from '../access.ts'
import type { ApiParts } from '../ports.ts'
import { Session, SignIn } from '../schemas.ts'
import { problems } from './answers.ts'

const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: 'auto' } as const

/** Signing in and out. */
export const sessionRoutes =
  ({ users, sessions }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(rateLimit, { global: false })

    app.post(
      '/session',
      {
        config: { open: true, rateLimit: { max: 30, timeWindow: '1 minute' } },
        schema: {
          operationId: 'signIn',
          summary: 'Sign in; the answer sets a cookie',
          body: SignIn,
          response: { 200: Session, ...problems },
        },
      },
      async (request, reply) => {
        if (comesFromElsewhere(request)) {
          throw new ProblemError('not-allowed', 'The request does not come from a page of this fleet')
        }
        const user = await users.check(request.body.user, request.body.password)
        const secret = await sessions.begin(user)
        reply.setCookie(sessionCookie, secret, { ...cookie, maxAge: sessionLifeMs / 1000 })
        return { user: user.name, role: user.role }
      },
    )

    app.get(
      '/session',
      {
        config: { permission: 'account.own' },
        schema: {
          operationId: 'session',
          summary: 'Who is signed in',
          response: { 200: Session, ...problems },
        },
      },
      async (request) => {
        const { name, role } = actorOf(request)
        return { user: name, role }
      },
    )

    app.delete(
      '/session',
      {
        config: { permission: 'account.own' },
        schema: {
          operationId: 'signOut',
          summary: 'Sign out',
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const secret = request.cookies[sessionCookie]
        if (secret !== undefined) await sessions.end(secret)
        return reply.clearCookie(sessionCookie, cookie).code(204).send(null)
      },
    )
  }
