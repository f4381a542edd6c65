import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { incidentView } from '../../alerts/incidents/incident.ts'
import { may, sees } from '../../auth/actor.ts'
import { actorOf, stillAllowed } from '../access.ts'
import type { EventStream, EventStreams } from '../event-stream.ts'
import type { ApiParts } from '../ports.ts'
import { problems } from './answers.ts'

/** What happens in the whole fleet, for lists that stay true. */
export const eventRoutes =
  (parts: ApiParts, streams: EventStreams): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { terminals, commands, configurations } = parts
    const { alerts, delivery } = parts.alerting
    app.get(
      '/events',
      {
        exposeHeadRoute: false,
        config: { permission: 'terminals.read', heedsVillages: true, background: true },
        schema: {
          operationId: 'events',
          summary: 'Changes of terminals and commands as server-sent events',
          description:
            'Events `terminal` (a Terminal), `command` (a Command), `configuration` (a ConfigurationState), `incident` ' +
            '(an Incident) and `notice` ({kind, incident}: what a page may show as a notification).',
          produces: ['text/event-stream'],
          response: { 200: Type.String({ description: 'text/event-stream' }), ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        const follow = (stream: EventStream) => {
          const stops = [
            terminals.watch((terminal) => {
              if (sees(actor, terminal.village)) stream.send('terminal', terminal)
            }),
            commands.live.watch((command) => {
              const seen = actor.villages === null || sees(actor, terminals.get(command.terminal)?.village)
              if (seen && may(actor, 'commands.read')) stream.send('command', command)
            }),
            configurations.watch((state) => {
              if (sees(actor, state.village) && may(actor, 'configuration.read')) {
                stream.send('configuration', state)
              }
            }),
            alerts.watch((record) => {
              const incident = incidentView(record, (village) => sees(actor, village))
              if (incident && may(actor, 'incidents.read')) stream.send('incident', incident)
            }),
            delivery.watch(({ kind, incident }) => {
              if (!may(actor, 'incidents.read')) return
              const villages = incident.villages.filter((village) => sees(actor, village))
              if (villages.length === 0 && actor.villages !== null) return
              const seen = incident.terminals.filter((id) => sees(actor, terminals.get(id)?.village))
              stream.send('notice', { kind, incident: { ...incident, villages, terminals: seen } })
            }),
          ]
          return () => {
            for (const stop of stops) stop()
          }
        }
        streams.open(reply, follow, stillAllowed(request, parts))
      },
    )
  }
