import { PassThrough, pipeline, Readable, type TransformOptions } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ProblemError } from '../../problem.ts'
import { actorOf } from '../access.ts'
import type { ApiParts } from '../ports.ts'
import { Artefact, Composition } from '../schemas.ts'
import { mustSee, type Scope } from '../scope.ts'
import { artefactOf, fileOf, problems } from './answers.ts'

/** Files that can be printed. */
const mediaTypes = ['application/pdf', 'image/jpeg', 'image/png']

/** Documents that people bring or make of scanned pages. */
export const documentRoutes =
  ({ documents }: ApiParts, scope: Scope): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(async (raw) => {
      // The desk knows how large a document may be, in whatever way it comes; here the rest would be left out unseen.
      await raw.register(multipart, { limits: { fileSize: Number.POSITIVE_INFINITY, files: 1, fields: 10 } })
      raw.addContentTypeParser(mediaTypes, (_request, payload, done) => done(null, payload))

      raw.post(
        '/documents',
        {
          config: { permission: 'documents.write', heedsVillages: true },
          // The bytes are checked by the desk.
          validatorCompiler: () => () => true,
          schema: {
            operationId: 'receiveDocument',
            summary: 'Bring a file to print: PDF, JPEG or PNG, as the body or as the field `file` of a form',
            body: {
              content: {
                ...fileOf(mediaTypes).content,
                'multipart/form-data': { schema: Type.Object({ file: Type.Any() }) },
              },
            },
            response: { 201: Artefact, ...problems },
          },
        },
        async (request, reply) => {
          const { bytes, mediaType } = await sentFile(request)
          return reply
            .code(201)
            .send(artefactOf(await documents.receive(bytes, mediaType, actorOf(request).id)))
        },
      )
    })

    app.post(
      '/documents/from-pages',
      {
        config: { permission: 'documents.write', heedsVillages: true },
        schema: {
          operationId: 'composeDocument',
          summary: 'Make one PDF of scanned pages',
          body: Composition,
          response: { 201: Artefact, ...problems },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request)
        for (const { artefact } of request.body.pages) await mustSee(scope, 'file', actor, artefact)
        return reply.code(201).send(artefactOf(await documents.compose(request.body, actor.id)))
      },
    )
  }

const sentFile = async (request: {
  readonly body: unknown
  readonly headers: { readonly 'content-type'?: string | undefined }
  isMultipart(): boolean
  file(): Promise<{ readonly file: Readable; readonly mimetype: string } | undefined>
}): Promise<{ bytes: Readable; mediaType: string }> => {
  if (!request.isMultipart()) {
    if (!(request.body instanceof Readable)) throw new ProblemError('invalid', 'The file is missing')
    const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    return { bytes: whole(request.body), mediaType }
  }
  const part = await request.file().catch((cause: unknown) => {
    throw new ProblemError('invalid', 'The form cannot be read', { cause })
  })
  if (!part) throw new ProblemError('invalid', 'The form has no file')
  if (!mediaTypes.includes(part.mimetype)) {
    part.file.resume()
    throw new ProblemError('unsupported-media-type', 'PDF, JPEG and PNG can be printed')
  }
  return { bytes: whole(part.file), mediaType: part.mimetype }
}

/** The same bytes; that they break off is the fault of who sends them. */
const whole = (bytes: Readable): Readable => {
  const destroy: TransformOptions['destroy'] = (error, done) =>
    done(error && new ProblemError('invalid', 'The file breaks off', { cause: error }))
  return pipeline(bytes, new PassThrough({ destroy }), () => {})
}
