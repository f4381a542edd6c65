import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { asyncApi } from '../../../protocol/asyncapi.ts'

/** What the two doors are, for programs to read. */
export const descriptionRoutes =
  (version: string): FastifyPluginAsyncTypebox =>
  async (app) => {
    const wire = JSON.stringify(asyncApi(version))
    const hidden = { config: { open: true }, schema: { hide: true } }
    app.get('/openapi.json', hidden, async () => app.swagger())
    app.get('/asyncapi.json', hidden, async (_request, reply) => reply.type('application/json').send(wire))
  }
