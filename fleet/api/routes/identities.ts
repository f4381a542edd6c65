import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { keyFingerprint } from '../../../protocol/fingerprint.ts'
import { deviceIdPattern } from '../../../protocol/topics.ts'
import type { IdentityRecord } from '../../identity/identities.ts'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import { Acceptance, type MachineIdentity, TerminalIdentity } from '../identity-schemas.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

const params = Type.Object({ id: Type.String({ pattern: deviceIdPattern }) })

const machineOf = ({ enrolment, certificate }: IdentityRecord): MachineIdentity => ({
  admission: enrolment.admission,
  ...(enrolment.reason === null ? {} : { reason: enrolment.reason }),
  ...(enrolment.serial === null ? {} : { serial: enrolment.serial }),
  ...(enrolment.claim === null ? {} : { claim: enrolment.claim }),
  enrolledAt: enrolment.enrolledAt,
  ...(enrolment.decidedAt === null ? {} : { decidedAt: enrolment.decidedAt }),
  ...(enrolment.decidedBy === null ? {} : { decidedBy: enrolment.decidedBy }),
  ...(certificate && {
    fingerprint: keyFingerprint(Buffer.from(certificate.keySha256, 'hex')),
    certificate: {
      id: certificate.serialNumber,
      issuedAt: certificate.issuedAt,
      expiresAt: certificate.expiresAt,
      used: certificate.usedAt !== null,
    },
  }),
})

/** Who the terminals are, and which of them may work. */
export const identityRoutes =
  ({ identities }: Pick<ApiParts, 'identities'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const identityOf = (terminal: string): TerminalIdentity => {
      const [newest, older] = identities.of(terminal)
      if (!newest) throw new ProblemError('not-found', 'This terminal was never enrolled')
      return { terminal, ...machineOf(newest), ...(older && { replaces: machineOf(older) }) }
    }
    const schema = (operationId: string, summary: string) => ({
      operationId,
      summary,
      params,
      response: { 200: TerminalIdentity, ...problems },
    })

    app.get(
      '/terminals/:id/identity',
      {
        config: { permission: 'terminals.read' },
        schema: schema('terminalIdentity', 'Whether it may work, its key and its certificate'),
      },
      async (request) => identityOf(request.params.id),
    )

    app.post(
      '/terminals/:id/accept',
      {
        config: { permission: 'terminals.accept' },
        schema: {
          ...schema(
            'acceptTerminal',
            'Let the machine work that waits for it; the one it replaces is revoked',
          ),
          body: Type.Union([Acceptance, Type.Null()]),
        },
      },
      async (request) => {
        const { id } = request.params
        const { fingerprint } = identityOf(id)
        const expected = request.body?.fingerprint
        if (expected !== undefined && expected.replaceAll(' ', '') !== fingerprint?.replaceAll(' ', '')) {
          throw new ProblemError('conflict', 'The machine that waits has another key')
        }
        await identities.accept(id, actorOf(request).id)
        return identityOf(id)
      },
    )

    app.post(
      '/terminals/:id/revoke',
      {
        config: { permission: 'terminals.revoke' },
        schema: schema('revokeTerminal', 'Shut out every machine of this name for good, at once'),
      },
      async (request) => {
        const { id } = request.params
        identityOf(id)
        await identities.revoke(id, actorOf(request).id)
        return identityOf(id)
      },
    )

    app.post(
      '/terminals/:id/release',
      {
        config: { permission: 'terminals.accept' },
        schema: schema('releaseTerminal', 'Let a terminal work again that was quarantined'),
      },
      async (request) => {
        const { id } = request.params
        await identities.release(id, actorOf(request).id)
        return identityOf(id)
      },
    )
  }
