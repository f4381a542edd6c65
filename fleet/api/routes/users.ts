import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Uuid } from '../../../protocol/envelope.ts'
import { type Actor, covers, type Grant } from '../../auth/actor.ts'
import type { User } from '../../auth/users.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { PasswordReset, UserEntry, UserMade, UserPatch, UserRequest } from '../people-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Uuid })
const reading = { permission: 'people.read', heedsVillages: true, personal: true } as const
const writing = { permission: 'people.write', heedsVillages: true } as const
const done = { 204: Type.Null(), ...problems }

/** A password for the first sign-in, as people can read it out: 75 bits. */
const newPassword = (): string =>
  randomBytes(15)
    .toString('hex')
    .replace(/.{6}(?=.)/g, '$&-')

const entryOf = (user: User): UserEntry => ({ ...user, villages: user.villages && [...user.villages] })

/** Nobody gives more than they have. */
const mustCover = (actor: Actor, grant: Grant): void => {
  if (!covers(actor, grant))
    throw new ProblemError('not-allowed', 'This is more than you may do or see yourself')
}

/** The people of the fleet, for those who look after them. */
export const userRoutes =
  ({ auth, log }: ApiParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { users, sessions, factors, lockOut } = auth

    /** A person whose villages the actor sees; another one is not there. */
    const seen = async (actor: Actor, id: string): Promise<User> => {
      const user = await users.find(id)
      const own =
        actor.villages === null || user?.villages?.every((village) => actor.villages?.includes(village))
      if (!user || !own) throw new ProblemError('not-found', 'There is no such user')
      return user
    }
    /** One over whom the actor may decide: whoever takes over an account has its rights. */
    const ruled = async (actor: Actor, id: string): Promise<User> => {
      const user = await seen(actor, id)
      mustCover(actor, user)
      return user
    }

    app.get(
      '/users',
      {
        config: reading,
        schema: {
          operationId: 'users',
          summary: 'All people',
          response: { 200: Type.Array(UserEntry), ...problems },
        },
      },
      async (request) => {
        const { villages } = actorOf(request)
        const all = await users.list()
        const own = (user: User) => villages === null || user.villages?.every((one) => villages.includes(one))
        return all.filter(own).map(entryOf)
      },
    )

    app.get(
      '/users/:id',
      {
        config: reading,
        schema: {
          operationId: 'user',
          summary: 'One person',
          params,
          response: { 200: UserEntry, ...problems },
        },
      },
      async (request) => entryOf(await seen(actorOf(request), request.params.id)),
    )

    app.post(
      '/users',
      {
        config: writing,
        schema: {
          operationId: 'addUser',
          summary: 'Add a person, who chooses another password at the first sign-in',
          body: UserRequest,
          response: { 201: UserMade, ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const { name, role, villages = null, password: given } = request.body
        mustCover(actor, { role, villages })
        const password = given ?? newPassword()
        const user = await users.add({ name, password, role, villages, mustChangePassword: true })
        log.info({ user: user.id, role, actor: actor.id }, 'a person was added')
        const told = given === undefined ? { password } : {}
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...entryOf(user), ...told })
      },
    )

    app.patch(
      '/users/:id',
      {
        config: writing,
        schema: {
          operationId: 'changeUser',
          summary: 'Change role or villages, disable or enable',
          params,
          body: UserPatch,
          response: { 200: UserEntry, ...problems },
        },
      },
      async (request) => {
        const actor = actorOf(request)
        const before = await ruled(actor, request.params.id)
        mustCover(actor, { ...before, ...request.body })
        const user = await users.change(before.id, request.body)
        const { role, disabled } = user
        log.info({ user: user.id, role, disabled, actor: actor.id }, 'a person was changed')
        return entryOf(user)
      },
    )

    app.put(
      '/users/:id/password',
      {
        config: writing,
        schema: {
          operationId: 'resetPassword',
          summary: 'Give a password for the next sign-in; sessions end',
          params,
          body: PasswordReset,
          response: { 200: UserMade, ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const user = await ruled(actor, request.params.id)
        const password = request.body.password ?? newPassword()
        await users.setPassword(user.id, password, { mustChange: true })
        await lockOut.forgive(user.name)
        log.info({ user: user.id, actor: actor.id }, 'a password was reset')
        const told = request.body.password === undefined ? { password } : {}
        reply.header('cache-control', 'no-store')
        return { ...entryOf(await users.get(user.id)), ...told }
      },
    )

    app.delete(
      '/users/:id/second-factors',
      {
        config: writing,
        schema: {
          operationId: 'resetSecondFactors',
          summary: 'Remove the second factors of a person who lost them; sessions end',
          params,
          response: done,
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const { id } = await ruled(actor, request.params.id)
        await factors.reset(id)
        await sessions.endAll(id)
        log.info({ user: id, actor: actor.id }, 'second factors were reset')
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/users/:id/sessions',
      {
        config: writing,
        schema: { operationId: 'endSessionsOfUser', summary: 'End all sessions', params, response: done },
      },
      async (request, reply) => {
        const { id } = await ruled(actorOf(request), request.params.id)
        await sessions.endAll(id)
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/users/:id',
      {
        config: writing,
        schema: { operationId: 'removeUser', summary: 'Remove a person', params, response: done },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const { id } = await ruled(actor, request.params.id)
        await users.remove(id)
        log.info({ user: id, actor: actor.id }, 'a person was removed')
        return reply.code(204).send(null)
      },
    )
  }
