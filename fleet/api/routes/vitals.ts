import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { type MetricName, metricNames, vitals } from '../../../protocol/vitals.ts'
import { VitalsNow, VitalsSeries } from '../health-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { problems, sendJson } from './answers.ts'

/** What `Type.Enum` says; to convert a query by that compares each name with each other, for each request. */
const Metric = Type.Unsafe<MetricName>({ type: 'string', enum: [...metricNames] })

/** How a terminal and its devices are, now and in the past. */
export const vitalsRoutes =
  ({ terminals, telemetry, clock }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/terminals/:id/vitals',
      {
        config: { permission: 'health.read' },
        schema: {
          operationId: 'vitals',
          summary: 'Its newest vitals; with a metric, the past of that metric in steps',
          params: Type.Object({ id: Type.String({ pattern: deviceIdPattern }) }),
          querystring: Type.Object({
            metric: Type.Optional(Metric),
            ...RangeQuery,
            step: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: 366 * 86_400_000,
                description: 'The least length of a step, in milliseconds; the finest there is without it',
              }),
            ),
          }),
          response: { 200: Type.Union([VitalsSeries, VitalsNow]), ...problems },
        },
      },
      async (request, reply) => {
        const terminal = terminals.known(request.params.id)
        const { metric, step = 0, ...range } = request.query
        if (metric === undefined) return telemetry.latest(terminal.id)
        const query = { terminal: terminal.id, metric, step, ...rangeOf(range, clock.now()) }
        const points = await telemetry.series(query)
        // The serializer of the schema checks each point before it writes it.
        return sendJson(reply, JSON.stringify({ metric, unit: vitals[metric].unit, points }))
      },
    )
  }
