import type { FastifyRequest } from 'fastify'
import { type Actor, may, sees } from '../auth/actor.ts'
import { ProblemError } from '../problem.ts'
import type { ArtefactRow } from '../store/schema.ts'
import type { ApiParts } from './ports.ts'

/** What is and is not there for an actor, who may be bound to villages: the rest answers as if it did not exist. */
export interface Scope {
  terminal(actor: Actor, id: string): Promise<boolean>
  command(actor: Actor, id: string): Promise<boolean>
  artefact(actor: Actor, id: string): Promise<boolean>
  /** What is in an artefact, on whatever way it comes out: for who may read artefacts, and for who brought it. */
  file(actor: Actor, id: string): Promise<boolean>
}

export const createScope = ({
  terminals,
  commands,
  artefacts,
}: Pick<ApiParts, 'terminals' | 'commands' | 'artefacts'>): Scope => {
  const terminal = async (actor: Actor, id: string) => sees(actor, terminals.get(id)?.village)
  const command = async (actor: Actor, id: string) => {
    const known = await commands.get(id)
    return known !== undefined && terminal(actor, known.terminal)
  }
  const seen = (actor: Actor, row: ArtefactRow): boolean | Promise<boolean> => {
    if (row.owner === actor.id) return true
    if (row.terminal !== null) return terminal(actor, row.terminal)
    return row.command !== null && command(actor, row.command)
  }
  const artefact = async (actor: Actor, id: string) => {
    if (actor.villages === null) return true
    const row = await artefacts.find(id)
    return row !== undefined && seen(actor, row)
  }
  return {
    terminal: async (actor, id) => actor.villages === null || terminal(actor, id),
    command: async (actor, id) => actor.villages === null || command(actor, id),
    artefact,
    file: async (actor, id) =>
      may(actor, 'artefacts.read') ? artefact(actor, id) : (await artefacts.find(id))?.owner === actor.id,
  }
}

/** The places of the API that are about one thing, by how their path begins. */
const places = [
  ['/terminals/:id', 'terminal'],
  ['/commands/:id', 'command'],
  ['/artefacts/:id', 'artefact'],
] as const

/** The kind of thing that a path is about, and so bounds by itself. */
export const placeOf = (path: string): keyof Scope | undefined =>
  places.find(([start]) => path === start || path.startsWith(`${start}/`))?.[1]

/** Throws `ProblemError` `not-found` for a thing that is not there for the actor. */
export const mustSee = async (scope: Scope, kind: keyof Scope, actor: Actor, id: string): Promise<void> => {
  if (!(await scope[kind](actor, id))) throw new ProblemError('not-found', `There is no such ${kind}`)
}

/** As `mustSee`, for the thing that the path of a request is about. */
export const mustSeePlace = async (scope: Scope, actor: Actor, request: FastifyRequest): Promise<void> => {
  const kind = placeOf(request.routeOptions.url?.replace(/^\/api\/v1/, '') ?? '')
  const { id } = request.params as { id?: unknown }
  if (kind !== undefined) await mustSee(scope, kind, actor, String(id))
}
