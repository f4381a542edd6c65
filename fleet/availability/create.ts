import type { Logger } from 'pino'
import type { Morning } from '../api/health-schemas.ts'
import type { Clock } from '../clock.ts'
import type { LiveCommands } from '../commands/live.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Database } from '../store/database.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Presence } from '../terminals/presence-record.ts'
import { Changes } from './changes.ts'
import { FleetAvailability } from './fleet-availability.ts'
import { Forecasts } from './forecasts.ts'
import { morningOf } from './morning.ts'
import { Readiness } from './readiness.ts'
import { RemoteFixes } from './remote-fixes.ts'
import type { Place } from './rows.ts'
import { Silence } from './silence.ts'

export interface AvailabilityParts {
  readonly database: Database
  readonly presence: Pick<Presence, 'history' | 'terminals' | 'events' | 'maintenance' | 'villages'>
  readonly commands: { readonly live: Pick<LiveCommands, 'watch'> }
  readonly configurations: Pick<Configurations, 'documents' | 'watch' | 'layer' | 'list'>
  readonly telemetry: Pick<Telemetry, 'latest' | 'series'>
  readonly clock: Clock
  readonly log: Logger
}

/** What is known of how the fleet serves: availability and downtime, what runs out, who is silent, the morning. */
export interface AvailabilityRecord
  extends Pick<FleetAvailability, 'availability' | 'downtimes'>,
    Pick<FleetAvailability, 'start' | 'stop'> {
  readonly forecasts: Forecasts
  readonly silence: Silence
  morning(places: readonly Place[]): Promise<Morning>
}

/** Puts the parts together; nothing happens before `start`. */
export const createAvailability = (parts: AvailabilityParts): AvailabilityRecord => {
  const { database, presence, configurations, commands, telemetry, clock, log } = parts
  const { history, terminals, events, maintenance, villages } = presence
  const fixes = new RemoteFixes(database)
  const availability = new FleetAvailability({
    ...{ history, maintenance, configurations, clock },
    fixedRemotely: (outages) => fixes.among(outages),
  })
  const forecasts = new Forecasts({ telemetry, clock })
  const silence = new Silence({ database, terminals, commands: commands.live, events, clock })
  const changes = new Changes({ database, terminals, events, clock, log })
  const morning = { availability, forecasts, silence, changes, terminals, configurations, clock }
  const readiness = new Readiness({
    ...{ availability, clock, log },
    morning: (places) => morningOf(places, morning),
    places: () =>
      terminals.places().map(({ id, village }) => ({ id, village, district: villages.districtOf(village) })),
  })
  return {
    ...{ forecasts, silence },
    async start() {
      await availability.start()
      silence.start()
      changes.start()
      readiness.start()
    },
    async stop() {
      await readiness.stop()
      changes.stop()
      silence.stop()
      await availability.stop()
    },
    availability: (...asked) => availability.availability(...asked),
    downtimes: (places, range) => availability.downtimes(places, range),
    morning: (places) => morningOf(places, morning),
  }
}
