import type { Clock } from '../clock.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Database } from '../store/database.ts'
import type { Presence } from '../terminals/presence-record.ts'
import { FleetAvailability } from './fleet-availability.ts'
import { RemoteFixes } from './remote-fixes.ts'

export interface AvailabilityParts {
  readonly database: Database
  readonly presence: Pick<Presence, 'history' | 'terminals' | 'events' | 'maintenance'>
  readonly configurations: Pick<Configurations, 'documents' | 'watch'>
  readonly clock: Clock
}

/** What counts availability, not yet started. */
export const createAvailability = ({
  database,
  presence,
  configurations,
  clock,
}: AvailabilityParts): FleetAvailability => {
  const fixes = new RemoteFixes(database)
  const { history, terminals, events, maintenance } = presence
  return new FleetAvailability({
    ...{ history, terminals, events, maintenance, configurations, clock },
    fixedRemotely: (outage) => fixes.fixed(outage),
  })
}
