import type { MigrationProvider } from 'kysely/migration'
import { acceptances } from './acceptances.ts'
import { alerts } from './alerts.ts'
import { audit } from './audit.ts'
import { configuration } from './configuration.ts'
import { first } from './first.ts'
import { identity } from './identity.ts'
import { presence } from './presence.ts'
import { profiles } from './profiles.ts'
import { rights } from './rights.ts'

/** Every migration under the name by which a database remembers it; applied in the order of the names. */
export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    '0001-first': first,
    '0002-identity': identity,
    '0004-rights': rights,
    '0005-configuration': configuration,
    '0006-profiles': profiles,
    '0007-acceptances': acceptances,
    '0008-presence': presence,
    '0009-alerts': alerts,
    '0010-audit': audit,
  }),
}
