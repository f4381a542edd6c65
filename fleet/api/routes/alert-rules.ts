import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Alerting } from '../../alerts/assembly.ts'
import type { KeptRule } from '../../alerts/rules/rules.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { AlertRule, AlertRuleView } from '../incident-schemas.ts'
import { problems } from './answers.ts'

/** A rule as it is sent; what was read may be sent back, and its version then guards against a lost change. */
const AlertRuleWish = Type.Object(
  {
    ...AlertRule.properties,
    origin: Type.Optional(Type.Enum(['release', 'fleet'])),
    version: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)

const Params = Type.Object({ id: AlertRule.properties.id })

const viewOf = ({ rule, origin, version }: KeptRule): AlertRuleView => ({ ...rule, origin, version })

/** When something is worth a person's time. */
export const alertRuleRoutes =
  ({ rules }: Pick<Alerting, 'rules'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/alert-rules',
      {
        config: { permission: 'alert-rules.read', heedsVillages: true },
        schema: {
          operationId: 'alertRules',
          summary: 'The alert rules, those of the release and those that people changed or added',
          response: { 200: Type.Array(AlertRuleView), ...problems },
        },
      },
      async () => rules.list().map(viewOf),
    )

    app.put(
      '/alert-rules/:id',
      {
        config: { permission: 'alert-rules.write' },
        schema: {
          operationId: 'putAlertRule',
          summary: 'Add a rule or change one',
          params: Params,
          body: AlertRuleWish,
          response: { 200: AlertRuleView, ...problems },
        },
      },
      async (request) => {
        const { origin: _, version, ...rule } = request.body
        if (rule.id !== request.params.id)
          throw new ProblemError('invalid', 'The id is another one than that of the path')
        return viewOf(await rules.put(rule, actorOf(request).id, version))
      },
    )

    app.delete(
      '/alert-rules/:id',
      {
        config: { permission: 'alert-rules.write' },
        schema: {
          operationId: 'removeAlertRule',
          summary: 'Take back what people made of a rule; that of the release holds again',
          params: Params,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        await rules.remove(request.params.id, actorOf(request).id)
        return reply.code(204).send(null)
      },
    )
  }
