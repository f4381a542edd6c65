import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { UploadMetadata } from '../../../protocol/door.ts'
import { Uuid } from '../../../protocol/envelope.ts'
import { ProblemError } from '../../problem.ts'
import type { ArtefactRow } from '../../store/schema.ts'
import { actorOf } from '../access.ts'
import { readRange } from '../byte-range.ts'
import type { ApiParts } from '../ports.ts'
import { Artefact } from '../schemas.ts'
import type { Scope } from '../scope.ts'
import { artefactOf, fileOf, problems } from './answers.ts'

const params = Type.Object({ id: Uuid })
const File = fileOf(UploadMetadata.properties.mediaType.enum)

/** The files of the fleet. */
export const artefactRoutes =
  ({ artefacts, commands }: ApiParts, scope: Scope): FastifyPluginAsyncTypebox =>
  async (app) => {
    const listed = async (id: string) => {
      const row = await artefacts.find(id)
      if (!row) throw new ProblemError('not-found', 'There is no such artefact')
      return row
    }
    const notErased = (row: ArtefactRow): ArtefactRow => {
      if (row.erased_at !== null) throw new ProblemError('erased', 'The artefact was erased')
      return row
    }
    const known = async (id: string) => notErased(await listed(id))
    /** What has the preview: a document that a terminal bound while it scanned has that of its first page. */
    const previewed = async (row: ArtefactRow): Promise<ArtefactRow> => {
      if (row.preview_sha256 !== null || row.kind !== 'document' || row.command === null) return row
      const [first] = (await commands.get(row.command))?.pages ?? []
      const page = first && (await artefacts.find(first.artefact))
      return page?.erased_at === null ? page : row
    }

    app.get(
      '/artefacts',
      {
        config: { permission: 'artefacts.read', heedsVillages: true },
        schema: {
          operationId: 'artefactsOfCommand',
          summary: 'The files that a command made',
          querystring: Type.Object({ command: Uuid }),
          response: { 200: Type.Array(Artefact), ...problems },
        },
      },
      async (request) => {
        const { command } = request.query
        const seen = await scope.command(actorOf(request), command)
        return seen ? (await artefacts.ofCommand(command)).map(artefactOf) : []
      },
    )

    app.get(
      '/artefacts/:id',
      {
        config: { permission: 'artefacts.read', personal: true },
        schema: {
          operationId: 'artefact',
          summary: 'A file, or with Range a part of it',
          params,
          response: { 200: File, 206: File, ...problems },
        },
      },
      async (request, reply) => {
        const row = await known(request.params.id)
        if (row.sha256 === '') throw new ProblemError('not-ready', 'The file is still on its way')
        const range = readRange(request.headers.range, row.bytes)
        if (range === 'outside') {
          reply.header('content-range', `bytes */${row.bytes}`)
          throw new ProblemError('range-not-satisfiable', `The file has ${row.bytes} bytes`)
        }
        const bytes = await artefacts.read(row, 'original', range)
        const { first, last } = range ?? { first: 0, last: row.bytes - 1 }
        if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${row.bytes}`)
        return (
          reply
            .header('content-type', row.media_type)
            .header('content-length', last - first + 1)
            // Without a name: one given here would take the place of the name that a page gives its download.
            .header('content-disposition', 'inline')
            .header('accept-ranges', 'bytes')
            .header('cache-control', 'private, no-store')
            .send(bytes)
        )
      },
    )

    app.get(
      '/artefacts/:id/preview',
      {
        config: { permission: 'artefacts.read', personal: true },
        schema: {
          operationId: 'artefactPreview',
          summary: 'A small JPEG of it',
          params,
          response: { 200: fileOf(['image/jpeg']), ...problems },
        },
      },
      async (request, reply) => {
        const row = await previewed(await known(request.params.id))
        if (row.preview_sha256 === null) throw new ProblemError('not-found', 'The artefact has no preview')
        const bytes = await artefacts.read(row, 'preview')
        return reply
          .header('content-type', 'image/jpeg')
          .header('cache-control', 'private, no-store')
          .send(bytes)
      },
    )

    app.delete(
      '/artefacts/:id',
      {
        config: { permission: 'artefacts.erase' },
        schema: {
          operationId: 'eraseArtefact',
          summary: 'Wipe a file for good',
          params,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const row = await listed(request.params.id)
        // One that counts as erased may still lie on a disk that failed.
        await artefacts.erase(row.id)
        notErased(row)
        return reply.code(204).send(null)
      },
    )
  }
