import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../problem.ts'
import type { Problem, ProblemCode } from './schemas.ts'

const answers: Record<ProblemCode, readonly [status: number, title: string]> = {
  'not-signed-in': [401, 'Nobody is signed in'],
  'not-allowed': [403, 'This is not allowed'],
  'wrong-secret': [403, 'The password or the code is wrong'],
  'confirm-needed': [403, 'The password is needed once more'],
  'password-outdated': [403, 'A new password is needed first'],
  'second-factor-missing': [403, 'A second factor is needed first'],
  'not-found': [404, 'There is no such thing'],
  invalid: [400, 'The request does not fit'],
  'weak-password': [400, 'The password is too easy to guess'],
  'unsupported-media-type': [415, 'Files of this kind are not taken'],
  'too-large': [413, 'This is too large'],
  'document-encrypted': [422, 'The document is encrypted'],
  'document-damaged': [422, 'The document is damaged'],
  'document-too-large': [422, 'The document has too many or too large pages'],
  conflict: [409, 'This was used for something else'],
  'timed-out': [408, 'Nothing came for too long'],
  'rate-limited': [429, 'Too many requests'],
  erased: [410, 'This was erased'],
  'not-ready': [409, 'This is not there yet'],
  'range-not-satisfiable': [416, 'The file ends before this'],
  unavailable: [503, 'The fleet is about to stop'],
  internal: [500, 'The fleet met an unexpected fault'],
}

/** The problem document of a code (RFC 9457). */
export const problemOf = (code: ProblemCode, detail?: string): Problem => {
  const [status, title] = answers[code]
  return { type: `/problems/${code}`, code, title, status, ...(detail === undefined ? {} : { detail }) }
}

const codeOf = (error: unknown): ProblemCode => {
  if (error instanceof ProblemError) return error.code
  const { statusCode = 500, validation } = error as Partial<FastifyError>
  if (validation || statusCode === 400 || statusCode === 414) return 'invalid'
  if (statusCode === 413) return 'too-large'
  if (statusCode === 415) return 'unsupported-media-type'
  if (statusCode === 429) return 'rate-limited'
  return 'internal'
}

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the problem that it answers with. */
    problem: ProblemCode | null
  }
}

/** Answers with a problem document. */
export const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply => {
  reply.problem = problem.code
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem)
}

/** Turns whatever a route threw into a problem document; what was not foreseen goes to the log only. */
export const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const code = codeOf(error)
  if (code === 'internal') request.log.error({ err: error }, 'a request met an unexpected fault')
  if (error instanceof ProblemError && error.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000))
  }
  // The rest of what was to come may still be on its way: nothing else is answered on this connection.
  if (code === 'timed-out') reply.header('connection', 'close')
  const text = error instanceof Error && code !== 'internal' ? error.message.slice(0, 300) : undefined
  const errors = error instanceof ProblemError ? error.errors : undefined
  return sendProblem(reply, { ...problemOf(code, text), ...(errors ? { errors: [...errors] } : {}) })
}
