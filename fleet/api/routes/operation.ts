import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Metrics } from '../../metrics/metrics.ts'
import { problems } from './answers.ts'

/** What those who run the fleet look at from outside. */
export interface OperationParts {
  readonly metrics: Pick<Metrics, 'text' | 'contentType' | 'watch'>
  /** The names of the parts that are not ready. */
  readonly readiness: () => Promise<readonly string[]>
}

const Alive = Type.Object({ alive: Type.Literal(true) })
const Readiness = Type.Object({
  ready: Type.Boolean(),
  reasons: Type.Array(Type.String(), { description: 'The parts that are not ready' }),
})

/** At the root of the people's door: metrics and the two probes of whoever watches over the process. */
export const operationRoutes =
  ({ metrics, readiness }: OperationParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/metrics',
      {
        config: { permission: 'metrics.read', openHere: true },
        schema: {
          operationId: 'metrics',
          summary: 'Metrics in the text format of Prometheus; this machine itself needs no token',
          produces: ['text/plain'],
          response: { 200: Type.String(), ...problems },
        },
      },
      async (_request, reply) => {
        reply.header('cache-control', 'no-store')
        return reply.type(metrics.contentType).send(await metrics.text())
      },
    )

    app.get(
      '/healthz',
      {
        config: { open: true },
        schema: {
          operationId: 'alive',
          summary: 'Whether the process answers',
          response: { 200: Alive, ...problems },
        },
      },
      async (_request, reply) => reply.header('cache-control', 'no-store').send({ alive: true }),
    )

    app.get(
      '/readyz',
      {
        config: { open: true },
        schema: {
          operationId: 'ready',
          summary: 'Whether terminals and people are served, and what is missing',
          response: { ...problems, 200: Readiness, 503: Readiness },
        },
      },
      async (_request, reply) => {
        const reasons = [...(await readiness())]
        reply.header('cache-control', 'no-store')
        return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
      },
    )
  }
