import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { Type } from 'typebox'
import { sessionOf } from '../access.ts'
import { setSecret } from '../credentials.ts'
import { NewPasskey, PasskeyOptions, RecoveryCodeList } from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { siteOf } from '../site.ts'
import { problems } from './answers.ts'

const confirmed = { permission: 'account.own', heedsVillages: true, confirmed: true } as const

/** One's own passkeys (WebAuthn level 3). */
export const passkeyRoutes =
  ({ auth, publicUrl, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { account, users, factors } = auth

    app.post(
      '/account/passkeys/options',
      {
        config: confirmed,
        schema: {
          operationId: 'beginPasskey',
          summary: 'What the browser needs to make a passkey',
          response: { 200: PasskeyOptions, ...problems },
        },
      },
      async (request) => {
        const user = await users.get(sessionOf(request).user)
        return factors.passkeys.registration(user, siteOf(request, publicUrl))
      },
    )

    app.post(
      '/account/passkeys',
      {
        config: confirmed,
        schema: {
          operationId: 'addPasskey',
          summary: 'Keep the passkey that the browser made',
          body: NewPasskey,
          response: { 200: RecoveryCodeList, ...problems },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request)
        const { name, answer } = request.body
        const made = answer as unknown as RegistrationResponseJSON
        const added = await account.addPasskey(session, name, made, siteOf(request, publicUrl))
        setSecret(reply, publicUrl, added.secret)
        log.info({ user: session.user }, 'a person added a passkey')
        return reply.header('cache-control', 'no-store').send({ recoveryCodes: [...added.recoveryCodes] })
      },
    )

    app.delete(
      '/account/passkeys/:passkey',
      {
        config: confirmed,
        schema: {
          operationId: 'removePasskey',
          summary: 'Forget a passkey',
          params: Type.Object({ passkey: Type.String({ maxLength: 2000 }) }),
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const session = sessionOf(request)
        await account.removePasskey(session, request.params.passkey)
        log.info({ user: session.user }, 'a person removed a passkey')
        return reply.code(204).send(null)
      },
    )
  }
