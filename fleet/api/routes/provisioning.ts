import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Timestamp, Uuid } from '../../../protocol/envelope.ts'
import { AcceptanceReport } from '../../../protocol/setup.ts'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import { ProblemError } from '../../problem.ts'
import type { Acceptances } from '../../terminals/acceptances.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Type.String({ pattern: deviceIdPattern }) })

/** Where terminals find this fleet and by which roots they know it, PEM. */
const Door = Type.Object({ host: Type.String(), port: Type.Integer(), ca: Type.String() })

/** What the routes of provisioning stand on. */
export interface ProvisioningParts {
  readonly acceptances: Pick<Acceptances, 'newest'>
  readonly door: () => Type.Static<typeof Door>
}

const Acceptance = Type.Intersect([
  Type.Omit(AcceptanceReport, ['picture']),
  Type.Object({
    device: Type.String(),
    receivedAt: Timestamp,
    picture: Uuid,
  }),
])

/** What the depot needs to prepare terminals, and what technicians have proved at them. */
export const provisioningRoutes =
  ({ acceptances, door }: ProvisioningParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/door',
      {
        config: { permission: 'claims.read' },
        schema: {
          operationId: 'terminalsDoor',
          summary: 'Where terminals find this fleet, and its roots',
          response: { 200: Door, ...problems },
        },
      },
      async () => door(),
    )

    app.get(
      '/terminals/:id/acceptance',
      {
        config: { permission: 'claims.read', personal: true },
        schema: {
          operationId: 'acceptanceOfTerminal',
          summary: 'The newest report of a technician, and the artefact with the signed sheet',
          params,
          response: { 200: Acceptance, ...problems },
        },
      },
      async (request) => {
        const newest = await acceptances.newest(request.params.id)
        if (!newest) throw new ProblemError('not-found', 'No technician has reported on this terminal')
        return newest
      },
    )
  }
