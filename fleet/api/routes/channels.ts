import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Alerting } from '../../alerts/assembly.ts'
import type { KeptChannel } from '../../alerts/channels/channels.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { Channel, ChannelTest, ChannelView } from '../incident-schemas.ts'
import { problems } from './answers.ts'

const Name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' })
const Params = Type.Object({ name: Name })

const delivered = {
  email: 'The mail server took the message',
  webhook: 'The receiver took the message',
  browser: 'Pages that are open get notifications',
} as const

/** Where alerts go. */
export const channelRoutes =
  ({
    channels,
    delivery,
    outbox,
  }: Pick<Alerting, 'channels' | 'delivery' | 'outbox'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const viewOf = ({ channel, sealed }: KeptChannel): ChannelView => ({
      ...channel,
      hasSecret: sealed !== undefined,
      ...delivery.healthOf(channel.name),
    })

    app.get(
      '/channels',
      {
        config: { permission: 'channels.read' },
        schema: {
          operationId: 'channels',
          summary: 'Where alerts go, without passwords and secrets',
          response: { 200: Type.Array(ChannelView), ...problems },
        },
      },
      async () => channels.list().map(viewOf),
    )

    app.put(
      '/channels/:name',
      {
        config: { permission: 'channels.write' },
        schema: {
          operationId: 'putChannel',
          summary:
            'Set up a channel; without a password or secret that of before stays, where it goes to the same end',
          params: Params,
          body: Channel,
          response: { 200: ChannelView, ...problems },
        },
      },
      async (request) => {
        const { name } = request.params
        if (request.body.name !== name)
          throw new ProblemError('invalid', 'The name is another one than that of the path')
        const kept = await channels.put(request.body, actorOf(request).id)
        delivery.forget(name)
        await outbox.hurry(name)
        return viewOf(kept)
      },
    )

    app.delete(
      '/channels/:name',
      {
        config: { permission: 'channels.write' },
        schema: {
          operationId: 'removeChannel',
          summary: 'Take a channel away, with what waits for it',
          params: Params,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        await channels.remove(request.params.name)
        delivery.forget(request.params.name)
        await outbox.drop(request.params.name)
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/channels/:name/test',
      {
        config: { permission: 'channels.write' },
        schema: {
          operationId: 'testChannel',
          summary: 'Send a test message now and tell what happened',
          params: Params,
          response: { 200: ChannelTest, ...problems },
        },
      },
      async (request) => {
        const { name } = request.params
        const failure = await delivery.test(name)
        const kind = channels.get(name)?.channel.kind ?? 'browser'
        return { delivered: failure === undefined, text: failure ?? delivered[kind] }
      },
    )
  }
