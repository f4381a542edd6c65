import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import type { JsonObject } from '../../../protocol/layers.ts'
import { sees } from '../../auth/actor.ts'
import type { Configurations } from '../../configuration/configurations.ts'
import { differences } from '../../configuration/difference.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import {
  Change,
  Comparison,
  ConfigurationGroup,
  ConfigurationState,
  LayerOutcome,
  LayerParams,
  LayerVersion,
  LayerWrite,
  MembershipParams,
  RollBack,
} from '../configuration-schemas.ts'
import { problems } from './answers.ts'

const read = { config: { permission: 'configuration.read' } } as const
const write = { config: { permission: 'configuration.write' } } as const
const IfMatch = Type.Object({ 'if-match': Type.Optional(Type.String({ maxLength: 40 })) })

/** The version that a writer has seen, by `If-Match` (RFC 9110 13.1.1) or in the body. */
const seenVersion = (header: string | undefined, version: number | undefined): number => {
  const tag = /^(?:W\/)?"([0-9]{1,15})"$/.exec(header ?? '')?.[1]
  const seen = header === undefined ? version : tag === undefined ? undefined : Number(tag)
  if (seen === undefined) throw new ProblemError('invalid', 'Say which version you have seen')
  return seen
}

/** The layers of the configuration and the groups of terminals. */
export const configurationRoutes =
  ({ configurations }: { readonly configurations: Configurations }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/configuration/defaults',
      {
        config: { permission: 'configuration.read', heedsVillages: true },
        schema: {
          operationId: 'defaultConfiguration',
          summary: 'What holds where no layer says otherwise',
          response: { 200: Configuration, ...problems },
        },
      },
      async () => defaultConfiguration,
    )

    app.get(
      '/configuration/terminals',
      {
        config: { permission: 'configuration.read', heedsVillages: true },
        schema: {
          operationId: 'configurationStates',
          summary: 'Which configuration each terminal should have and has',
          response: { 200: Type.Array(ConfigurationState), ...problems },
        },
      },
      async (request) => configurations.list().filter(({ village }) => sees(actorOf(request), village)),
    )

    app.get(
      '/configuration/groups',
      {
        ...read,
        schema: {
          operationId: 'configurationGroups',
          summary: 'Every group and which terminals are in it',
          response: { 200: Type.Array(ConfigurationGroup), ...problems },
        },
      },
      async () => configurations.groups(),
    )

    app.put(
      '/configuration/groups/:group/terminals/:terminal',
      {
        ...write,
        schema: {
          operationId: 'joinConfigurationGroup',
          summary: 'Put a terminal into a group, out of its former one',
          params: MembershipParams,
          response: { 200: ConfigurationState, ...problems },
        },
      },
      async ({ params }) => configurations.move(params.terminal, params.group),
    )

    app.delete(
      '/configuration/groups/:group/terminals/:terminal',
      {
        ...write,
        schema: {
          operationId: 'leaveConfigurationGroup',
          summary: 'Take a terminal out of a group',
          params: MembershipParams,
          response: { 200: ConfigurationState, ...problems },
        },
      },
      async ({ params }) => configurations.leave(params.terminal, params.group),
    )

    app.get(
      '/configuration/layers',
      {
        ...read,
        schema: {
          operationId: 'configurationLayers',
          summary: 'The newest version of every layer that was written',
          response: { 200: Type.Array(LayerVersion), ...problems },
        },
      },
      async () => configurations.layers(),
    )

    app.get(
      '/configuration/layers/:scope/:name',
      {
        ...read,
        schema: {
          operationId: 'configurationLayer',
          summary: 'The newest version of a layer; version 0 while nobody wrote it',
          params: LayerParams,
          response: { 200: LayerVersion, ...problems },
        },
      },
      async ({ params }, reply) => {
        const layer = configurations.layer(params)
        return reply.header('etag', `"${layer.version}"`).send(layer)
      },
    )

    app.put(
      '/configuration/layers/:scope/:name',
      {
        ...write,
        schema: {
          operationId: 'writeConfigurationLayer',
          summary: 'Write a new version of a layer; 409 when another one was written meanwhile',
          params: LayerParams,
          headers: IfMatch,
          querystring: Type.Object({ dryRun: Type.Optional(Type.Boolean()) }),
          body: LayerWrite,
          response: { 200: LayerOutcome, ...problems },
        },
      },
      async (request, reply) => {
        const { content, version, note } = request.body
        const outcome = await configurations.write({
          ...request.params,
          content,
          base: seenVersion(request.headers['if-match'], version),
          actor: actorOf(request).id,
          ...(note === undefined ? {} : { note }),
          dryRun: request.query.dryRun ?? false,
        })
        return reply.header('etag', `"${outcome.layer.version}"`).send({
          layer: outcome.layer,
          terminals: [...outcome.terminals].map(({ terminal, changes }) => ({
            terminal,
            changes: [...changes],
          })),
        })
      },
    )

    app.get(
      '/configuration/layers/:scope/:name/history',
      {
        ...read,
        schema: {
          operationId: 'configurationLayerHistory',
          summary: 'Its versions, the newest first',
          params: LayerParams,
          querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }),
          response: { 200: Type.Array(LayerVersion), ...problems },
        },
      },
      async ({ params, query }) => configurations.history(params, query.limit ?? 50),
    )

    app.get(
      '/configuration/layers/:scope/:name/diff',
      {
        ...read,
        schema: {
          operationId: 'configurationLayerDifference',
          summary: 'What differs between two of its versions',
          params: LayerParams,
          querystring: Comparison,
          response: { 200: Type.Array(Change), ...problems },
        },
      },
      async ({ params, query }) => {
        const [before, after] = await Promise.all([
          configurations.version(params, query.from),
          configurations.version(params, query.to),
        ])
        return differences(before.content as unknown as JsonObject, after.content as unknown as JsonObject)
      },
    )

    app.post(
      '/configuration/layers/:scope/:name/rollback',
      {
        ...write,
        schema: {
          operationId: 'rollBackConfigurationLayer',
          summary: 'Write a new version with the content of an old one',
          params: LayerParams,
          headers: IfMatch,
          body: RollBack,
          response: { 200: LayerOutcome, ...problems },
        },
      },
      async (request) => {
        const { to, version, note } = request.body
        const base = seenVersion(request.headers['if-match'], version)
        const { content } = await configurations.version(request.params, to)
        const actor = actorOf(request).id
        const { layer, terminals } = await configurations.write({
          ...{ ...request.params, content, base, actor, note: note ?? `Back to version ${to}` },
        })
        return {
          layer,
          terminals: terminals.map(({ terminal, changes }) => ({ terminal, changes: [...changes] })),
        }
      },
    )
  }
