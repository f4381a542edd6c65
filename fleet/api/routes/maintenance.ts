import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type Actor, sees } from '../../auth/actor.ts'
import { ProblemError } from '../../problem.ts'
import type { MaintenanceWindow as Window } from '../../terminals/history.ts'
import { actorOf } from '../access.ts'
import { MaintenanceWindow, MaintenanceWish } from '../health-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { RangeQuery, rangeOf } from '../range.ts'
import { problems } from './answers.ts'

const dayMs = 86_400_000

/** Times for which absence is announced. */
export const maintenanceRoutes =
  ({ presence, terminals, clock }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { maintenance, villages } = presence
    /** Districts and the fleet are larger than what somebody sees who is bound to villages. */
    const isSeen = (actor: Actor, { about, name }: Pick<Window, 'about' | 'name'>): boolean => {
      if (actor.villages === null) return true
      if (about === 'terminal') return sees(actor, terminals.get(name)?.village)
      return about === 'village' && sees(actor, name)
    }
    /** What it is about has to be there, so that a slip of the pen announces nothing. */
    const isKnown = ({ about, name }: Pick<Window, 'about' | 'name'>): boolean => {
      const all = terminals.list()
      switch (about) {
        case 'terminal':
          return terminals.has(name)
        case 'village':
          return villages.get(name) !== undefined || all.some(({ village }) => village === name)
        case 'district':
          return name !== '' && villages.list().some(({ district }) => district === name)
        case 'fleet':
          return name === ''
      }
    }

    app.get(
      '/maintenance',
      {
        config: { permission: 'health.read', heedsVillages: true },
        schema: {
          operationId: 'maintenance',
          summary:
            'Windows that touch a range, the oldest first; from a day ago to a month ahead unless told',
          querystring: Type.Object(RangeQuery),
          response: { 200: Type.Array(MaintenanceWindow), ...problems },
        },
      },
      async (request) => {
        const now = clock.now()
        const to = String(now + 31 * dayMs)
        const { from, until } = rangeOf({ to, ...request.query }, now, { usualMs: 32 * dayMs })
        const all = await maintenance.between(from, until)
        return all.filter((window) => isSeen(actorOf(request), window))
      },
    )

    app.post(
      '/maintenance',
      {
        config: { permission: 'maintenance.write', heedsVillages: true },
        schema: {
          operationId: 'announceMaintenance',
          summary: 'Announce that a terminal, a village, a district or all will be away',
          body: MaintenanceWish,
          response: { 201: MaintenanceWindow, ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const wish = request.body
        if (!isKnown(wish) || !isSeen(actor, wish))
          throw new ProblemError('not-found', `There is no such ${wish.about}`)
        return reply.code(201).send(await maintenance.add(wish, actor.id))
      },
    )

    app.delete(
      '/maintenance/:id',
      {
        config: { permission: 'maintenance.write', heedsVillages: true },
        schema: {
          operationId: 'endMaintenance',
          summary: 'End a window: now when it has begun, as if never announced when it has not',
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const window = await maintenance.get(id)
        if (!window || !isSeen(actorOf(request), window))
          throw new ProblemError('not-found', 'There is no such window')
        await maintenance.end(id)
        return reply.code(204).send(null)
      },
    )
  }
