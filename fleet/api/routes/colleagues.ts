import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { may, sees } from '../../auth/actor.ts'
import type { User } from '../../auth/users.ts'
import { actorOf } from '../access.ts'
import { Colleague } from '../incident-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** Whether somebody can take an incident. */
const takesIncidents = ({ role, disabled }: User): boolean =>
  !disabled && may({ role, scopes: null, by: 'session' }, 'incidents.write')

/** Who stands behind the ids of actors beside what was done with an incident, and to whom one can be given. */
export const colleagueRoutes =
  ({ auth }: Pick<ApiParts, 'auth'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/colleagues',
      {
        config: { permission: 'incidents.read', heedsVillages: true },
        schema: {
          operationId: 'colleagues',
          summary: 'Those who deal with incidents of the villages that one sees',
          response: { 200: Type.Array(Colleague), ...problems },
        },
      },
      async (request) => {
        const actor = actorOf(request)
        const isNear = ({ villages }: User): boolean =>
          actor.villages === null || villages === null || villages.some((village) => sees(actor, village))
        const users = await auth.users.list()
        return users
          .filter((user) => takesIncidents(user) && isNear(user))
          .map(({ id, name }) => ({ id: `user:${id}`, name }))
      },
    )
  }
