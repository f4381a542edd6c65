import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { silentDays } from '../../availability/morning.ts'
import { Forecast, Morning, SilentVillage } from '../health-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'
import { placesOf } from './availability.ts'

const config = { permission: 'health.read', heedsVillages: true } as const

/** What those who watch over the fleet look at first. */
export const morningRoutes = (parts: ApiParts): FastifyPluginAsyncTypebox => {
  const { availability } = parts
  const places = placesOf(parts)
  return async (app) => {
    app.get(
      '/morning',
      {
        config,
        schema: {
          operationId: 'morning',
          summary: 'What the fleet looks like this morning, the worst first',
          response: { 200: Morning, ...problems },
        },
      },
      async (request) => availability.morning(places(request)),
    )

    app.get(
      '/forecasts',
      {
        config,
        schema: {
          operationId: 'forecasts',
          summary: 'What will run out, by how it was used in the last four weeks, the soonest first',
          response: { 200: Type.Array(Forecast), ...problems },
        },
      },
      async (request) => availability.forecasts.of(places(request)),
    )

    app.get(
      '/silent-villages',
      {
        config,
        schema: {
          operationId: 'silentVillages',
          summary:
            'Villages in which for days nothing has shown that the terminal serves, the longest silence first',
          querystring: Type.Object({
            days: Type.Optional(
              Type.Number({ minimum: 0, maximum: 90, description: `How many; ${silentDays} without it` }),
            ),
          }),
          response: { 200: Type.Array(SilentVillage), ...problems },
        },
      },
      async (request) => availability.silence.of(places(request), request.query.days ?? silentDays),
    )
  }
}
