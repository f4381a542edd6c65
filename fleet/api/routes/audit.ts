import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AuditEntry, AuditHead, AuditVerdict } from '../audit-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { fileOf, problems } from './answers.ts'

const reading = { permission: 'audit.read' } as const
const Name = Type.Optional(Type.String({ maxLength: 200 }))

const Query = Type.Object(
  {
    ...RangeQuery,
    actor: Name,
    action: Name,
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Entries with greater numbers; without it the newest' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  { additionalProperties: false },
)

/** Who did what, and the proof that it was not changed. */
export const auditRoutes =
  ({ audit, clock }: Pick<ApiParts, 'audit' | 'clock'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/audit',
      {
        config: { ...reading, personal: true },
        schema: {
          operationId: 'audit',
          summary: 'Acts of people, programs and the fleet, the oldest first; those of 30 days unless told',
          querystring: Query,
          response: { 200: Type.Array(AuditEntry), ...problems },
        },
      },
      async (request) => {
        const { actor, action, after, limit = 100 } = request.query
        const range = rangeOf(request.query, clock.now() + 1, {
          usualMs: 30 * 86_400_000,
          longestMs: 20 * 366 * 86_400_000,
        })
        return audit.list({ ...range, actor, action, after, limit })
      },
    )

    app.get(
      '/audit/verify',
      {
        config: reading,
        schema: {
          operationId: 'verifyAudit',
          summary: 'Whether every entry is as it was written; takes some seconds for a million',
          response: { 200: AuditVerdict, ...problems },
        },
      },
      async () => audit.verify(),
    )

    app.get(
      '/audit/head',
      {
        config: reading,
        schema: {
          operationId: 'auditHead',
          summary: 'The signed end of the chain, to be kept elsewhere',
          response: { 200: AuditHead, ...problems },
        },
      },
      async () => audit.head(),
    )

    app.get(
      '/audit/export',
      {
        config: { ...reading, personal: true },
        schema: {
          operationId: 'exportAudit',
          summary: 'The whole audit, which can be verified without the fleet',
          response: {
            200: {
              ...fileOf(['application/x-ndjson']),
              description: 'Keys, entries and signed head, one a line',
            },
            ...problems,
          },
        },
      },
      async (_request, reply) =>
        reply
          .header('content-type', 'application/x-ndjson; charset=utf-8')
          .header('cache-control', 'private, no-store')
          .send(Readable.from(audit.export(), { objectMode: false })),
    )
  }
