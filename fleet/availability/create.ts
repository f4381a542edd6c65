import type { Logger } from 'pino'
import type { Morning } from '../api/health-schemas.ts'
import type { Clock } from '../clock.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Database } from '../store/database.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Presence } from '../terminals/presence-record.ts'
import { Changes } from './changes.ts'
import { FleetAvailability } from './fleet-availability.ts'
import { Forecasts } from './forecasts.ts'
import { morningOf } from './morning.ts'
import { RemoteFixes } from './remote-fixes.ts'
import type { Place } from './rows.ts'
import { Silence } from './silence.ts'

export interface AvailabilityParts {
  readonly database: Database
  readonly presence: Pick<Presence, 'history' | 'terminals' | 'events' | 'maintenance'>
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
  const { database, presence, configurations, telemetry, clock, log } = parts
  const { history, terminals, events, maintenance } = presence
  const fixes = new RemoteFixes(database)
  const availability = new FleetAvailability({
    ...{ history, terminals, events, maintenance, configurations, clock },
    fixedRemotely: (outages) => fixes.among(outages),
  })
  const forecasts = new Forecasts({ telemetry, clock })
  const silence = new Silence({ database, terminals, clock })
  const changes = new Changes({ database, terminals, events, log })
  const morning = { availability, forecasts, silence, changes, terminals, configurations, clock }
  return {
    ...{ forecasts, silence },
    async start() {
      await availability.start()
      changes.start()
    },
    async stop() {
      changes.stop()
      await availability.stop()
    },
    availability: (places, wish) => availability.availability(places, wish),
    downtimes: (places, range) => availability.downtimes(places, range),
    morning: (places) => morningOf(places, morning),
  }
}
