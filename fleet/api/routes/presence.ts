import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { sees } from '../../auth/actor.ts'
import { ProblemError } from '../../problem.ts'
import type { PresenceInterval as Interval } from '../../terminals/history.ts'
import { actorOf } from '../access.ts'
import { DowntimeEdit, PresenceInterval, TerminalEvent } from '../health-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { Terminal } from '../schemas.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Type.String({ pattern: deviceIdPattern }) })

/** What people and programs are told of an interval: who edited it stays in the audit. */
const told = ({ editedBy: _, terminal: __, ...interval }: Interval): PresenceInterval => interval

/** What terminals were over time, what happened on them, and what people say of it. */
export const presenceRoutes =
  ({ presence, terminals, clock }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/terminals/:id/presence',
      {
        config: { permission: 'health.read' },
        schema: {
          operationId: 'presence',
          summary: 'What it was over time, the oldest first; the last day unless told',
          params,
          querystring: Type.Object(RangeQuery),
          response: { 200: Type.Array(PresenceInterval), ...problems },
        },
      },
      async ({ params: { id }, query }) => {
        const { from, until } = rangeOf(query, clock.now())
        return (await presence.history.presence(terminals.known(id).id, from, until)).map(told)
      },
    )

    app.get(
      '/terminals/:id/events',
      {
        config: { permission: 'health.read' },
        schema: {
          operationId: 'eventsOfTerminal',
          summary: 'The newest things that happened on it, the newest first',
          params,
          querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) }),
          response: { 200: Type.Array(TerminalEvent), ...problems },
        },
      },
      async ({ params: { id }, query }) => presence.events.latest(terminals.known(id).id, query.limit ?? 50),
    )

    for (const [path, isRetired, operationId, summary] of [
      ['retire', true, 'retireTerminal', 'Take it out of service for good: it counts no more'],
      ['reinstate', false, 'reinstateTerminal', 'Take it back into service'],
    ] as const) {
      app.post(
        `/terminals/:id/${path}`,
        {
          config: { permission: 'terminals.revoke' },
          schema: { operationId, summary, params, response: { 200: Terminal, ...problems } },
        },
        async ({ params: { id } }) => {
          terminals.known(id)
          return (await terminals.retire(id, isRetired)) ?? terminals.known(id)
        },
      )
    }

    app.patch(
      '/downtimes/:id',
      {
        config: { permission: 'downtime.write', heedsVillages: true },
        schema: {
          operationId: 'editDowntime',
          summary: 'Say why a terminal was away; no inference overwrites it',
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          body: DowntimeEdit,
          response: { 200: PresenceInterval, ...problems },
        },
      },
      async (request) => {
        const actor = actorOf(request)
        const { id } = request.params
        const downtime = await presence.downtime(id)
        if (!downtime || !sees(actor, terminals.get(downtime.terminal)?.village))
          throw new ProblemError('not-found', 'There is no such downtime')
        if (downtime.reason === undefined)
          throw new ProblemError('invalid', 'The terminal worked whole at that time')
        const edited = await presence.edit(id, { ...request.body, by: actor.id })
        return told(edited ?? downtime)
      },
    )
  }
