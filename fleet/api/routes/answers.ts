import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { ArtefactRow } from '../../store/schema.ts'
import { type Artefact, Problem } from '../schemas.ts'

/** What every route may answer beside what it is for. */
export const problems = { '4xx': Problem, '5xx': Problem } as const

/** Answers with JSON that was written already; the reply's type knows only of objects. */
export const sendJson = (reply: FastifyReply, text: Buffer | Readable | string): never =>
  reply.type('application/json; charset=utf-8').send(text) as never

/** An artefact as people and programs see it. */
export const artefactOf = (row: ArtefactRow): Artefact => ({
  id: row.id,
  kind: row.kind,
  mediaType: row.media_type,
  bytes: row.bytes,
  sha256: row.sha256,
  createdAt: row.created_at,
  erasedAt: row.erased_at ?? row.erase_at,
  ...(row.pages === null ? {} : { pages: row.pages }),
  ...(row.command === null ? {} : { command: row.command }),
})
