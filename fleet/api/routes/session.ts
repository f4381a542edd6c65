import rateLimit from '@fastify/rate-limit'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Entry, Origin } from '../../auth/sign-in.ts'
import { actorOf } from '../access.ts'
import { noteOf } from '../audited.ts'
import { clearSecret, secretOf, setSecret } from '../credentials.ts'
import { Code, PasskeyAnswer, PasskeyOptions, SecondStep } from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { Session, SignIn } from '../schemas.ts'
import { siteOf } from '../site.ts'
import { problems } from './answers.ts'

const limited = { rateLimit: { max: 30, timeWindow: '1 minute' } } as const
const attempt = { open: true, ...limited } as const

/** Where a request comes from. */
const originOf = (request: FastifyRequest): Origin => ({
  address: request.ip,
  agent: request.headers['user-agent'] ?? '',
})

/** Signing in and out. */
export const sessionRoutes =
  ({ auth, publicUrl, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { signIn, sessions, factors, users } = auth
    await app.register(rateLimit, { global: false })

    const enter = (reply: FastifyReply, { secret, user, owes }: Entry): Session => {
      setSecret(reply, publicUrl, secret)
      noteOf(reply.request, { actor: `user:${user.id}`, subject: user.id })
      log.info({ user: user.id, owes }, 'a person signed in')
      return { user: user.name, role: user.role, villages: user.villages && [...user.villages], owes }
    }

    app.post(
      '/session',
      {
        config: attempt,
        schema: {
          operationId: 'signIn',
          summary: 'Sign in; the answer sets a cookie',
          description: '202 where a second factor is needed: the cookie is then good for that step alone.',
          body: SignIn,
          response: { 200: Session, 202: SecondStep, ...problems },
        },
      },
      async (request, reply) => {
        const { user, password } = request.body
        noteOf(request, { subject: await users.idOf(user) })
        const entry = await signIn.password(user, password, originOf(request))
        if (entry.owes !== 'code') return enter(reply, entry)
        setSecret(reply, publicUrl, entry.secret, entry.owes)
        return reply.code(202).send({ needs: 'second-factor', factors: [...entry.factors] })
      },
    )

    app.post(
      '/session/second-factor',
      {
        config: attempt,
        schema: {
          operationId: 'signInWithCode',
          summary: 'The second step: a code of the authenticator app, or a recovery code',
          body: Code,
          response: { 200: Session, ...problems },
        },
      },
      async (request, reply) => {
        const halfway = secretOf(request, publicUrl) ?? ''
        noteOf(request, { subject: await sessions.halfway(halfway) })
        return enter(reply, await signIn.code(halfway, request.body.code, originOf(request)))
      },
    )

    app.post(
      '/session/passkey/options',
      {
        config: attempt,
        schema: {
          operationId: 'passkeyQuestion',
          summary: 'What the browser needs to ask for a passkey',
          response: { 200: PasskeyOptions, ...problems },
        },
      },
      async (request) => factors.passkeys.question(siteOf(request, publicUrl)),
    )

    app.post(
      '/session/passkey',
      {
        config: attempt,
        schema: {
          operationId: 'signInWithPasskey',
          summary: 'Sign in with a passkey alone',
          body: PasskeyAnswer,
          response: { 200: Session, ...problems },
        },
      },
      async (request, reply) => {
        const answer = request.body as unknown as AuthenticationResponseJSON
        return enter(reply, await signIn.passkey(answer, siteOf(request, publicUrl), originOf(request)))
      },
    )

    app.get(
      '/session',
      {
        config: { permission: 'account.read', heedsVillages: true },
        schema: {
          operationId: 'session',
          summary: 'Who is signed in',
          response: { 200: Session, ...problems },
        },
      },
      async (request) => {
        const { name, role, villages, session } = actorOf(request)
        return { user: name, role, villages: villages && [...villages], owes: session?.owes ?? null }
      },
    )

    app.delete(
      '/session',
      {
        config: { permission: 'account.own', heedsVillages: true },
        schema: {
          operationId: 'signOut',
          summary: 'Sign out',
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const secret = secretOf(request, publicUrl)
        if (secret !== undefined) await sessions.end(secret)
        clearSecret(reply, publicUrl)
        return reply.code(204).send(null)
      },
    )
  }
