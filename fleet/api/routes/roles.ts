import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { permissionsOf } from '../../auth/permissions.ts'
import { actorOf } from '../access.ts'
import { RoleEntry, RoleName, RolePatch } from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** The roles: what they may, and what is asked of their people. */
export const roleRoutes =
  ({ auth: { policies }, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const list = async () =>
      (await policies.list()).map((policy) => ({ ...policy, permissions: permissionsOf(policy.role) }))

    app.get(
      '/roles',
      {
        config: { permission: 'people.read', heedsVillages: true },
        schema: {
          operationId: 'roles',
          summary: 'All roles',
          response: { 200: Type.Array(RoleEntry), ...problems },
        },
      },
      list,
    )

    app.patch(
      '/roles/:role',
      {
        config: { permission: 'people.write' },
        schema: {
          operationId: 'changeRole',
          summary: 'Say whether everyone of a role needs a second factor, from the next sign-in on',
          params: Type.Object({ role: RoleName }),
          body: RolePatch,
          response: { 200: Type.Array(RoleEntry), ...problems },
        },
      },
      async (request) => {
        const policy = { role: request.params.role, ...request.body }
        await policies.set(policy)
        log.info({ ...policy, actor: actorOf(request).id }, 'what is asked of a role was changed')
        return list()
      },
    )
  }
