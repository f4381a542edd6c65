import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Histogram, type Registry } from 'prom-client'

/** In seconds. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** The pattern of a route of ours; every other path is a page or nothing, and never a label. */
const routeOf = ({ is404, routeOptions: { url, config } }: FastifyRequest): string => {
  const declared = config.permission !== undefined || config.open === true
  return !is404 && declared && url !== undefined ? url : 'other'
}

const isStream = (reply: FastifyReply): boolean =>
  String(reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream')

/** Measures the requests of the people's door; streams of events last as long as somebody looks and are left out. */
export const measureRequests = (registry: Registry, app: Pick<FastifyInstance, 'addHook'>): void => {
  const duration = new Histogram({
    name: 'avyl_http_request_duration_seconds',
    help: "Requests at the people's door, by method, pattern of the route and class of the status.",
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    if (reply.sent && isStream(reply)) return
    const method = methods.has(request.method) ? request.method : 'other'
    const labels = { method, route: routeOf(request), status: `${Math.floor(reply.statusCode / 100)}xx` }
    duration.observe(labels, reply.elapsedTime / 1000)
  })
}
