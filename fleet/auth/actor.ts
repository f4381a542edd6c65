import type { Debt, Role } from '../store/schema.ts'
import { ofPeopleOnly, type Permission, permissions, permissionsOf } from './permissions.ts'

/** Who makes a request: a person who signed in, or a program with a token. */
export interface Actor {
  /** As it is written beside what the actor does: never a name of a person. */
  readonly id: string
  /** What the actor signs in as, for the actor's own eyes. */
  readonly name: string
  readonly role: Role
  readonly by: 'session' | 'token'
  /** The villages that the actor sees; `null` for all. */
  readonly villages: readonly string[] | null
  /** What a program may do of what its role may; `null` for all of it. */
  readonly scopes: readonly string[] | null
  /** The session, where the actor is a person. */
  readonly session?: ActorSession
}

/** The session by which a person asks. */
export interface ActorSession {
  readonly id: string
  /** The person's id. */
  readonly user: string
  /** When the person last proved who they are, in milliseconds since 1970. */
  readonly confirmedAt: number
  /** What comes before anything else. */
  readonly owes: Debt | null
}

/** Whether the table of rights, and a program's scopes, allow it. */
export const may = (
  { role, scopes, by }: Pick<Actor, 'role' | 'scopes' | 'by'>,
  permission: Permission,
): boolean =>
  (permissions[permission] as readonly Role[]).includes(role) &&
  (scopes === null || scopes.includes(permission)) &&
  (by === 'session' || !ofPeopleOnly.has(permission))

/** Whether the actor's villages hold this one. What stands in no village is for those who see all. */
export const sees = ({ villages }: Pick<Actor, 'villages'>, village: string | undefined): boolean =>
  villages === null || (village !== undefined && villages.includes(village))

/** What somebody may do and where. */
export interface Grant {
  readonly role: Role
  readonly villages: readonly string[] | null
  readonly scopes?: readonly string[] | null
}

/** Whether the actor may do and see all that `grant` allows: nobody gives, or takes over, more than they have. */
export const covers = (actor: Actor, { role, villages, scopes = null }: Grant): boolean => {
  const granted = permissionsOf(role).filter(
    (permission) => !ofPeopleOnly.has(permission) && (scopes === null || scopes.includes(permission)),
  )
  const everywhere = actor.villages === null || villages?.every((village) => sees(actor, village)) === true
  return everywhere && granted.every((permission) => may(actor, permission))
}
