import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { JsonObject } from '../../../protocol/layers.ts'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import type { Configurations } from '../../configuration/configurations.ts'
import { differences } from '../../configuration/difference.ts'
import { ProblemError } from '../../problem.ts'
import {
  Change,
  CommandDefaults,
  Comparison,
  DocumentVersion,
  TerminalConfiguration,
} from '../configuration-schemas.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Type.String({ pattern: deviceIdPattern }) })
const config = { permission: 'configuration.read' } as const

/** What one terminal should have, by which layers, and what it has. */
export const terminalConfigurationRoutes =
  ({ configurations }: { readonly configurations: Configurations }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/terminals/:id/configuration',
      {
        config,
        schema: {
          operationId: 'terminalConfiguration',
          summary: 'The configuration that it should have, which layer gave each value, and what it has',
          params,
          response: { 200: TerminalConfiguration, ...problems },
        },
      },
      async (request) => {
        const { state, document } = configurations.of(request.params.id)
        return { ...state, desired: document.content, origins: { ...document.origins } }
      },
    )

    app.get(
      '/terminals/:id/command-defaults',
      {
        config: { permission: 'terminals.read' },
        schema: {
          operationId: 'commandDefaults',
          summary: 'What a scan and a print are that do not say it, by its configuration',
          params,
          response: { 200: CommandDefaults, ...problems },
        },
      },
      async (request) => {
        const { scan, print } = configurations.of(request.params.id).document.content
        return { scan, print }
      },
    )

    app.get(
      '/terminals/:id/configuration/history',
      {
        config,
        schema: {
          operationId: 'terminalConfigurationHistory',
          summary: 'The versions of its document that are kept, the newest first',
          params,
          response: { 200: Type.Array(DocumentVersion), ...problems },
        },
      },
      async (request) => {
        const documents = await configurations.documents(configurations.of(request.params.id).state.terminal)
        return documents.map(({ version, hash, at }) => ({ version, hash, at }))
      },
    )

    app.get(
      '/terminals/:id/configuration/diff',
      {
        config,
        schema: {
          operationId: 'terminalConfigurationDifference',
          summary: 'What differs between two versions of its document',
          params,
          querystring: Comparison,
          response: { 200: Type.Array(Change), ...problems },
        },
      },
      async (request) => {
        const documents = await configurations.documents(request.params.id)
        const contentOf = (version: number) => {
          const found = documents.find((document) => document.version === version)
          if (!found) throw new ProblemError('not-found', 'There is no such version')
          return found.content as unknown as JsonObject
        }
        return differences(contentOf(request.query.from), contentOf(request.query.to))
      },
    )
  }
