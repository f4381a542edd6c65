import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { type TAny, Type } from 'typebox'
import type { ArtefactRow } from '../../store/schema.ts'
import { type Artefact, Problem } from '../schemas.ts'

const problem = {
  description: 'What is wrong (RFC 9457)',
  content: { 'application/problem+json': { schema: Problem } },
} as const
/** What every route may answer beside what it is for. */
export const problems = { '4xx': problem, '5xx': problem } as const

/** A file of one of these media types, in a description: bytes have no schema. */
export const fileOf = (
  mediaTypes: readonly string[],
): { description: string; content: Record<string, { schema: TAny }> } => ({
  description: 'The bytes',
  content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: Type.Any() }])),
})

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
