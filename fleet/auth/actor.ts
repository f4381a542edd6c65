import type { Role } from '../store/schema.ts'

/** Who makes a request: a person who signed in, or a program with a token. */
export interface Actor {
  /** As it is written beside what the actor does: never a name of a person. */
  readonly id: string
  /** What the actor signs in as, for the actor's own eyes. */
  readonly name: string
  readonly role: Role
  readonly by: 'session' | 'token'
}
