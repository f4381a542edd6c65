import rateLimit from '@fastify/rate-limit'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { renderSVG } from 'uqr'
import { sessionOf } from '../access.ts'
import { clearSecret, setSecret } from '../credentials.ts'
import {
  AccountState,
  Code,
  Confirmation,
  PasswordChange,
  RecoveryCodeList,
  TotpSetup,
} from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

const own = { permission: 'account.own', heedsVillages: true } as const
const confirmed = { ...own, confirmed: true } as const
/** A password or a code can be guessed here. */
const guessable = { rateLimit: { max: 30, timeWindow: '1 minute' } } as const
const done = { 204: Type.Null(), ...problems }

/** One's own account: password, authenticator app, recovery codes, sessions. */
export const accountRoutes =
  ({ auth, publicUrl, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { account, sessions } = auth
    await app.register(rateLimit, { global: false })

    app.get(
      '/account',
      {
        config: own,
        schema: {
          operationId: 'account',
          summary: 'What one has set up',
          response: { 200: AccountState, ...problems },
        },
      },
      async (request) => {
        const session = sessionOf(request)
        const { user, passkeys, sessions: open, ...view } = await account.view(session)
        return {
          user: user.name,
          role: user.role,
          villages: user.villages && [...user.villages],
          owes: session.owes === 'code' ? null : session.owes,
          ...view,
          passkeys: [...passkeys],
          sessions: open.map((one) => ({ ...one, own: one.id === session.id })),
        }
      },
    )

    app.post(
      '/account/confirm',
      {
        config: { ...own, ...guessable },
        schema: {
          operationId: 'confirmAccount',
          summary: 'Prove once more who sits there; opens what is asked `confirm-needed` for ten minutes',
          body: Confirmation,
          response: done,
        },
      },
      async (request, reply) => {
        const session = sessionOf(request)
        setSecret(reply, publicUrl, await account.confirm(session, request.body.password))
        return reply.code(204).send(null)
      },
    )

    app.put(
      '/account/password',
      {
        config: { ...own, ...guessable },
        schema: {
          operationId: 'changePassword',
          summary: 'Choose another password; other sessions end',
          body: PasswordChange,
          response: done,
        },
      },
      async (request, reply) => {
        const session = sessionOf(request)
        setSecret(reply, publicUrl, await account.changePassword(session, request.body))
        log.info({ user: session.user }, 'a person changed the password')
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/account/totp',
      {
        config: confirmed,
        schema: {
          operationId: 'beginTotp',
          summary: 'Begin to set up an authenticator app (RFC 6238)',
          response: { 200: TotpSetup, ...problems },
        },
      },
      async (request, reply) => {
        const { secret, uri } = await account.beginTotp(sessionOf(request))
        reply.header('cache-control', 'no-store')
        return { secret, uri, qr: renderSVG(uri, { border: 2 }) }
      },
    )

    app.put(
      '/account/totp',
      {
        config: { ...confirmed, ...guessable },
        schema: {
          operationId: 'confirmTotp',
          summary: 'Finish it with a code of the app',
          body: Code,
          response: { 200: RecoveryCodeList, ...problems },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request)
        const { secret, recoveryCodes } = await account.confirmTotp(session, request.body.code)
        setSecret(reply, publicUrl, secret)
        log.info({ user: session.user }, 'a person set up an authenticator app')
        return reply.header('cache-control', 'no-store').send({ recoveryCodes: [...recoveryCodes] })
      },
    )

    app.delete(
      '/account/totp',
      {
        config: confirmed,
        schema: { operationId: 'removeTotp', summary: 'Do without the authenticator app', response: done },
      },
      async (request, reply) => {
        await account.removeTotp(sessionOf(request))
        log.info({ user: sessionOf(request).user }, 'a person removed the authenticator app')
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/account/recovery-codes',
      {
        config: confirmed,
        schema: {
          operationId: 'renewRecoveryCodes',
          summary: 'New recovery codes in place of those before',
          response: { 200: RecoveryCodeList, ...problems },
        },
      },
      async (request, reply) => {
        const recoveryCodes = [...(await account.renewCodes(sessionOf(request)))]
        return reply.header('cache-control', 'no-store').send({ recoveryCodes })
      },
    )

    app.delete(
      '/account/sessions',
      {
        config: own,
        schema: { operationId: 'endOtherSessions', summary: 'End all other sessions', response: done },
      },
      async (request, reply) => {
        const { user, id } = sessionOf(request)
        await sessions.endAll(user, id)
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/account/sessions/:session',
      {
        config: own,
        schema: {
          operationId: 'endSession',
          summary: 'End one session',
          params: Type.Object({ session: Type.String({ maxLength: 60 }) }),
          response: done,
        },
      },
      async (request, reply) => {
        const { user, id } = sessionOf(request)
        await sessions.endOne(user, request.params.session)
        if (request.params.session === id) clearSecret(reply, publicUrl)
        return reply.code(204).send(null)
      },
    )
  }
