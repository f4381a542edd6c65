import cookie from '@fastify/cookie'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import { ProblemError } from '../problem.ts'
import { guard } from './access.ts'
import { auditActs } from './audited.ts'
import { watchAnswers } from './drain.ts'
import { EventStreams } from './event-stream.ts'
import type { ApiParts } from './ports.ts'
import { answerError, problemOf, sendProblem } from './problems.ts'
import { protection } from './protection.ts'
import { accountRoutes } from './routes/account.ts'
import { alertRuleRoutes } from './routes/alert-rules.ts'
import { artefactRoutes } from './routes/artefacts.ts'
import { auditRoutes } from './routes/audit.ts'
import { availabilityRoutes } from './routes/availability.ts'
import { channelRoutes } from './routes/channels.ts'
import { claimRoutes } from './routes/claims.ts'
import { colleagueRoutes } from './routes/colleagues.ts'
import { commandRoutes } from './routes/commands.ts'
import { configurationRoutes } from './routes/configuration.ts'
import { descriptionRoutes } from './routes/descriptions.ts'
import { documentRoutes } from './routes/documents.ts'
import { eventRoutes } from './routes/events.ts'
import { identityRoutes } from './routes/identities.ts'
import { incidentRoutes } from './routes/incidents.ts'
import { maintenanceRoutes } from './routes/maintenance.ts'
import { morningRoutes } from './routes/morning.ts'
import { operationRoutes } from './routes/operation.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { presenceRoutes } from './routes/presence.ts'
import { profileRoutes } from './routes/profiles.ts'
import { provisioningRoutes } from './routes/provisioning.ts'
import { roleRoutes } from './routes/roles.ts'
import { sessionRoutes } from './routes/session.ts'
import { signingRoutes } from './routes/signing.ts'
import { terminalConfigurationRoutes } from './routes/terminal-configuration.ts'
import { terminalRoutes } from './routes/terminals.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { userRoutes } from './routes/users.ts'
import { villageRoutes } from './routes/villages.ts'
import { vitalsRoutes } from './routes/vitals.ts'
import { createScope } from './scope.ts'
import { validatorCompiler } from './validation.ts'

/** Version of the HTTP API and of the wire. */
export const apiVersion = '1.0.0'

/** How long requests that were begun may take to end when the door closes, in milliseconds. */
const closingPatienceMs = 5000

/** The people's door: the HTTP API and the pages. Not yet listening. */
export const createServer = async (parts: ApiParts): Promise<FastifyInstance> => {
  const headers = protection()
  const app = Fastify({
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    // Only what the proxy itself added is believed: the rest of X-Forwarded-For is as the client wrote it.
    trustProxy: parts.behindProxy === true && ((_address: string, hop: number) => hop === 0),
    frameworkErrors: (error, request, reply) => {
      reply.raw.setHeaders(headers)
      answerError(error, request, reply)
    },
    // The hook below answers instead, as it answers every problem.
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  const streams = new EventStreams()
  const scope = createScope(parts)
  app.decorate('rights', [])
  app.decorateRequest('actor', null)
  app.decorateReply('problem', null)
  app.setValidatorCompiler(validatorCompiler)
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(answerError)
  const drain = watchAnswers(app.server, closingPatienceMs)
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    streams.end()
    drain()
  })

  parts.operation.metrics.watch(app)
  app.addHook('onRequest', (_request, reply, next) => {
    reply.raw.setHeaders(headers)
    next(closing ? new ProblemError('unavailable', 'The fleet stops') : undefined)
  })
  await app.register(cookie)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: "Avyl: the people's door", version: apiVersion },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'avyl_session' },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
  })

  await app.register(
    async (api) => {
      guard(api, parts, scope)
      auditActs(api, parts.audit, parts.log)
      await api.register(sessionRoutes(parts))
      await api.register(accountRoutes(parts))
      await api.register(passkeyRoutes(parts))
      await api.register(userRoutes(parts))
      await api.register(tokenRoutes(parts))
      await api.register(roleRoutes(parts))
      await api.register(terminalRoutes(parts, scope))
      await api.register(presenceRoutes(parts))
      await api.register(maintenanceRoutes(parts))
      await api.register(villageRoutes(parts))
      await api.register(vitalsRoutes(parts))
      await api.register(availabilityRoutes(parts))
      await api.register(morningRoutes(parts))
      await api.register(identityRoutes(parts))
      await api.register(claimRoutes(parts))
      await api.register(commandRoutes(parts, streams))
      await api.register(configurationRoutes(parts))
      await api.register(terminalConfigurationRoutes(parts))
      await api.register(eventRoutes(parts, streams))
      await api.register(incidentRoutes(parts))
      await api.register(colleagueRoutes(parts))
      await api.register(alertRuleRoutes(parts.alerting))
      await api.register(channelRoutes(parts.alerting))
      await api.register(documentRoutes(parts, scope))
      await api.register(artefactRoutes(parts, scope))
      await api.register(signingRoutes(parts))
      await api.register(auditRoutes(parts))
      await api.register(profileRoutes(parts))
      await api.register(provisioningRoutes(parts.provisioning))
      await api.register(descriptionRoutes(apiVersion))
    },
    { prefix: '/api/v1' },
  )

  await app.register(async (root) => {
    guard(root, parts, scope)
    await root.register(operationRoutes(parts.operation))
  })
  if (parts.pages !== undefined) await app.register(fastifyStatic, { root: parts.pages, wildcard: false })
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (parts.pages !== undefined && wantsPage && !request.url.startsWith('/api/')) {
      const [path = ''] = request.url.split('?', 1)
      if (path === '/ops') return reply.sendFile('ops.html')
      // A page names its parts from where it lies: anywhere else it would stay white. A proxy may have put a folder before it.
      return reply.redirect('../'.repeat(path.split('/').length - 2) || './')
    }
    return sendProblem(reply, problemOf('not-found'))
  })
  return app as unknown as FastifyInstance
}
