import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Uuid } from '../../../protocol/envelope.ts'
import type { Alerting } from '../../alerts/assembly.ts'
import { type IncidentRecord, incidentView } from '../../alerts/incidents/incident.ts'
import { sees } from '../../auth/actor.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { Incident, IncidentAct, IncidentState } from '../incident-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { problems } from './answers.ts'

const Params = Type.Object({ id: Uuid })

/** What needs a person, and what became of it. */
export const incidentRoutes =
  ({
    alerting,
    clock,
  }: Pick<ApiParts, 'clock'> & { readonly alerting: Pick<Alerting, 'alerts'> }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { alerts } = alerting
    const seenBy = (request: Parameters<typeof actorOf>[0], record: IncidentRecord): Incident => {
      const actor = actorOf(request)
      const view = incidentView(record, (village) => sees(actor, village))
      if (!view) throw new ProblemError('not-found', 'There is no such incident')
      return view
    }

    app.get(
      '/incidents',
      {
        config: { permission: 'incidents.read', heedsVillages: true },
        schema: {
          operationId: 'incidents',
          summary: 'Incidents that touch a range (the last day unless told), the newest first, at most 2000',
          querystring: Type.Object(
            { ...RangeQuery, state: Type.Optional(IncidentState) },
            { additionalProperties: false },
          ),
          response: { 200: Type.Array(Incident), ...problems },
        },
      },
      async (request) => {
        const { state, ...range } = request.query
        const actor = actorOf(request)
        // What is happening now is in the range too.
        const { from, until } = rangeOf(range, clock.now() + (range.to === undefined ? 1 : 0))
        const records = await alerts.list({ state, from, until })
        return records.flatMap((record) => incidentView(record, (village) => sees(actor, village)) ?? [])
      },
    )

    app.get(
      '/incidents/:id',
      {
        config: { permission: 'incidents.read', heedsVillages: true },
        schema: {
          operationId: 'incident',
          summary: 'One incident; one that was taken in by that of its district answers as that one',
          params: Params,
          response: { 200: Incident, ...problems },
        },
      },
      async (request) => seenBy(request, await alerts.get(request.params.id)),
    )

    app.post(
      '/incidents/:id/acts',
      {
        config: { permission: 'incidents.write', heedsVillages: true },
        schema: {
          operationId: 'actOnIncident',
          summary: 'Take an incident, give it to somebody, write a note, or end it',
          params: Params,
          body: IncidentAct,
          response: { 200: Incident, ...problems },
        },
      },
      async (request) => {
        const { id } = seenBy(request, await alerts.get(request.params.id))
        return seenBy(request, await alerts.act(id, request.body, actorOf(request).id))
      },
    )
  }
