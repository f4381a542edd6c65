import type { Role } from '../store/schema.ts'

/**
 * Who may do what: the one table of rights. A route names its permission, and nothing else decides. Where a permission
 * is about one terminal, the actor's villages bound it further.
 */
export const permissions = {
  'terminals.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  'terminals.accept': ['operator', 'admin'],
  'terminals.revoke': ['operator', 'admin'],
  'commands.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  'commands.run': ['expert', 'operator', 'technician', 'admin'],
  'documents.write': ['expert', 'operator', 'admin'],
  'artefacts.read': ['expert', 'operator', 'admin'],
  'artefacts.erase': ['expert', 'operator', 'admin'],
  'claims.read': ['operator', 'technician', 'admin', 'auditor'],
  'claims.write': ['operator', 'admin'],
  'configuration.read': ['operator', 'technician', 'admin', 'auditor'],
  'configuration.write': ['operator', 'admin'],
  'profiles.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  'profiles.write': ['operator', 'admin'],
  /** Users, tokens and what is asked of roles. */
  'people.read': ['admin', 'auditor'],
  'people.write': ['admin'],
  'signing.write': ['admin'],
  /** Presence over time, downtime, vitals, availability, forecasts, villages, maintenance. */
  'health.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  /** Reasons and notes of downtime. */
  'downtime.write': ['operator', 'admin'],
  'maintenance.write': ['operator', 'admin'],
  'villages.write': ['operator', 'admin'],
  'incidents.read': ['operator', 'technician', 'admin', 'auditor'],
  'incidents.write': ['operator', 'admin'],
  'alert-rules.read': ['operator', 'technician', 'admin', 'auditor'],
  'alert-rules.write': ['operator', 'admin'],
  /** Where alerts go; addresses are personal data. */
  'channels.read': ['operator', 'admin'],
  'channels.write': ['admin'],
  'audit.read': ['admin', 'auditor'],
  /** For a program that collects them from elsewhere; this machine itself needs none. */
  'metrics.read': ['operator', 'admin', 'auditor'],
  /** Who one is to the fleet. */
  'account.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  /** One's own account: second factors, password, sessions. */
  'account.own': ['expert', 'operator', 'technician', 'admin', 'auditor'],
  /** Descriptions of the interfaces. */
  'descriptions.read': ['expert', 'operator', 'technician', 'admin', 'auditor'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof permissions

/** Only people have these, no program. */
export const ofPeopleOnly: ReadonlySet<Permission> = new Set(['account.own'])

/** The roles. */
export const roles = [
  'expert',
  'operator',
  'technician',
  'admin',
  'auditor',
] as const satisfies readonly Role[]

/** The permissions of a role. */
export const permissionsOf = (role: Role): Permission[] =>
  (Object.keys(permissions) as Permission[]).filter((permission) =>
    (permissions[permission] as readonly Role[]).includes(role),
  )
