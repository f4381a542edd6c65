import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { sees } from '../../auth/actor.ts'
import { periodLengths } from '../../availability/periods.ts'
import { groupings, type Place } from '../../availability/rows.ts'
import { actorOf } from '../access.ts'
import { availabilityCsv, availabilityJson } from '../availability-text.ts'
import { csvType } from '../csv.ts'
import { Availability, Downtime } from '../health-schemas.ts'
import { type LongText, longCsv } from '../long-answer.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { problems, sendJson } from './answers.ts'

const usualMs = 30 * 86_400_000

const Format = Type.Optional(
  Type.Enum(['json', 'csv'], { description: 'A table (RFC 4180) instead of JSON' }),
)
const Name = Type.Optional(Type.String({ maxLength: 100 }))

const downtimeColumns = [
  ...(['id', 'terminal', 'village', 'district', 'capability', 'from', 'until'] as const),
  ...(['openSeconds', 'reason', 'note', 'fixedRemotely'] as const),
] as const

const timeText = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

/** Answers with a table; the reply's type knows only of JSON. */
const sendCsv = (reply: FastifyReply, name: string, text: LongText): never =>
  reply
    .type(csvType)
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(text.end(reply.raw)) as never

/** The terminals that who asks may see, where they stand. */
export const placesOf =
  ({ terminals, presence }: Pick<ApiParts, 'terminals' | 'presence'>) =>
  (request: FastifyRequest): Place[] => {
    const actor = actorOf(request)
    return terminals
      .places()
      .filter(({ village }) => sees(actor, village))
      .map(({ id, village }) => ({ id, village, district: presence.villages.districtOf(village) }))
  }

/** How much of shop hours terminals and what they can do was there. */
export const availabilityRoutes = (parts: ApiParts): FastifyPluginAsyncTypebox => {
  const { availability, clock } = parts
  const places = placesOf(parts)
  return async (app) => {
    app.get(
      '/availability',
      {
        config: { permission: 'health.read', heedsVillages: true },
        schema: {
          operationId: 'availability',
          summary:
            'Shop hours in which things worked, of the last 30 days unless told; maintenance counts neither way',
          querystring: Type.Object({
            by: Type.Optional(Type.Enum([...groupings])),
            capability: Type.Optional(
              Type.String({
                maxLength: 40,
                description: '`presence`, `all` or a capability; every one without it',
              }),
            ),
            per: Type.Optional(Type.Enum([...periodLengths])),
            ...RangeQuery,
            format: Format,
          }),
          response: { 200: Availability, ...problems },
        },
      },
      async (request, reply) => {
        const { by = 'terminal', per, capability, format, ...query } = request.query
        const range = rangeOf(query, clock.now(), { usualMs })
        const text = format === 'csv' ? availabilityCsv() : availabilityJson()
        const wish = { ...range, by, per, capability }
        const rest = await availability.availability(places(request), wish, text.add)
        const answer = text.end(rest)
        if (format === 'csv') return sendCsv(reply, 'availability', answer)
        // The serializer of the schema would hold the event loop for every row of a month.
        return sendJson(reply, answer.end(reply.raw))
      },
    )

    app.get(
      '/downtimes',
      {
        config: { permission: 'health.read', heedsVillages: true },
        schema: {
          operationId: 'downtimes',
          summary:
            'Times in which a terminal or a capability was down, of the last 30 days unless told; at most 10,000',
          querystring: Type.Object({
            terminal: Type.Optional(Type.String({ pattern: deviceIdPattern })),
            district: Name,
            ...RangeQuery,
            format: Format,
          }),
          response: { 200: Type.Array(Downtime), ...problems },
        },
      },
      async (request, reply) => {
        const { terminal, district, format, ...query } = request.query
        const range = rangeOf(query, clock.now(), { usualMs })
        const asked = places(request).filter(
          (place) =>
            (terminal === undefined || place.id === terminal) &&
            (district === undefined || place.district === district),
        )
        const found = await availability.downtimes(asked, range)
        if (format !== 'csv') return found
        const rows = found.map((one) => ({ ...one, from: timeText(one.from), until: timeText(one.until) }))
        return sendCsv(reply, 'downtimes', await longCsv(downtimeColumns, rows))
      },
    )
  }
}
