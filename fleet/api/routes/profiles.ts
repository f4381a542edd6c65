import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mfpSlugPattern, profileKinds } from '../../../protocol/firmware-profile.ts'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { ProblemError } from '../../problem.ts'
import { draftOf } from '../../profiles/seed.ts'
import type { KeptProfile } from '../../profiles/shelf.ts'
import { actorOf } from '../access.ts'
import type { ApiParts } from '../ports.ts'
import { ProfileAnswer, ProfileList, SeedAnswer } from '../profile-schemas.ts'
import { problems } from './answers.ts'

const params = Type.Object({
  kind: Type.Enum([...profileKinds]),
  slug: Type.String({
    pattern: mfpSlugPattern.replace('^(', '^([a-z0-9][a-z0-9-]{0,49}|'),
    description: 'With / as %2F',
  }),
})

const outlineOf = ({ kind, slug, profile: { name, proof }, origin, version }: KeptProfile) => ({
  ...{ kind, slug, name, origin, version, proof },
})

/** Firmware profiles: those of the release, and those of the fleet's own. */
export const profileRoutes =
  ({
    profiles,
    deviceDescriptions,
  }: Pick<ApiParts, 'profiles' | 'deviceDescriptions'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const answerOf = (kept: KeptProfile): ProfileAnswer => ({
      ...outlineOf(kept),
      edition: profiles.reference.sha256,
      profile: kept.profile,
    })

    app.get(
      '/profiles',
      {
        config: { permission: 'profiles.read' },
        schema: {
          operationId: 'profiles',
          summary: 'All firmware profiles, and the edition that they make',
          response: { 200: ProfileList, ...problems },
        },
      },
      async () => ({ edition: profiles.reference.sha256, profiles: profiles.list().map(outlineOf) }),
    )

    app.get(
      '/profiles/:kind/:slug',
      {
        config: { permission: 'profiles.read' },
        schema: {
          operationId: 'profile',
          summary: 'One firmware profile',
          params,
          response: { 200: ProfileAnswer, ...problems },
        },
      },
      async ({ params: { kind, slug } }) => {
        const kept = profiles.get(kind, slug)
        if (!kept) throw new ProblemError('not-found', 'There is no such profile')
        return answerOf(kept)
      },
    )

    app.put(
      '/profiles/:kind/:slug',
      {
        config: { permission: 'profiles.write' },
        schema: {
          operationId: 'putProfile',
          summary: 'Add a firmware profile, or put one in the place of another; a new edition comes of it',
          params,
          body: Type.Unknown({ description: 'As mfp.schema.json or terminal.schema.json says' }),
          response: { 200: ProfileAnswer, ...problems },
        },
      },
      async (request) => {
        const { kind, slug } = request.params
        return answerOf(await profiles.put(kind, slug, request.body, actorOf(request).id))
      },
    )

    app.delete(
      '/profiles/:kind/:slug',
      {
        config: { permission: 'profiles.write' },
        schema: {
          operationId: 'removeProfile',
          summary: "Take away a profile of the fleet's own; that of the release holds again",
          params,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { kind, slug } = request.params
        await profiles.remove(kind, slug, actorOf(request).id)
        return reply.code(204).send(null)
      },
    )

    app.get(
      '/terminals/:id/device-description',
      {
        config: { permission: 'profiles.read' },
        schema: {
          operationId: 'deviceDescription',
          summary: 'What a terminal said of devices that no profile knows, and the draft of a profile',
          params: Type.Object({ id: Type.String({ pattern: deviceIdPattern }) }),
          response: { 200: SeedAnswer, ...problems },
        },
      },
      async ({ params: { id } }) => {
        const kept = await deviceDescriptions.of(id)
        if (!kept) throw new ProblemError('not-found', 'The terminal described no unknown devices')
        const { sha256, receivedAt, description } = kept
        return { sha256, receivedAt, description, draft: draftOf(description) }
      },
    )
  }
