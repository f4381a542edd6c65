import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { sees } from '../../auth/actor.ts'
import { actorOf } from '../access.ts'
import { Village } from '../health-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

const { name: _, ...properties } = Village.properties
const Description = Type.Object(properties, { additionalProperties: false })

/** Where service points stand. */
export const villageRoutes =
  ({ presence: { villages } }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/villages',
      {
        config: { permission: 'health.read', heedsVillages: true },
        schema: {
          operationId: 'villages',
          summary: 'The villages that one sees, with district and place',
          response: { 200: Type.Array(Village), ...problems },
        },
      },
      async (request) => villages.list().filter(({ name }) => sees(actorOf(request), name)),
    )

    app.put(
      '/villages/:name',
      {
        config: { permission: 'villages.write' },
        schema: {
          operationId: 'describeVillage',
          summary: 'Say where a village is',
          params: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }),
          body: Description,
          response: { 200: Village, ...problems },
        },
      },
      async ({ params: { name }, body }) => villages.put({ name, ...body }),
    )
  }
