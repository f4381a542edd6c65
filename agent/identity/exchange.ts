import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { door as paths } from '../../protocol/door.ts'
import {
  EnrolAnswer,
  EnrolmentState,
  type EnrolProblem,
  EnrolRefusal,
  type EnrolRequest,
  RenewAnswer,
  type RenewRequest,
} from '../../protocol/enrolment.ts'
import { SigningKeys } from '../../protocol/signing.ts'
import { type Door, readBounded } from '../link/https.ts'

/** The fleet refuses to enrol or to renew. */
export class EnrolRefused extends Error {
  override readonly name = 'EnrolRefused'
  readonly problem: EnrolProblem
  constructor(problem: EnrolProblem) {
    super(`The fleet refuses: ${problem}`)
    this.problem = problem
  }
}

const maxAnswerBytes = 128 * 1024
const answerMs = 30_000

const exchange = async <T extends TSchema>(
  door: Door,
  question: { readonly path: string; readonly body?: object },
  answer: T,
  signal: AbortSignal,
): Promise<Static<T>> => {
  const body = question.body && Buffer.from(JSON.stringify(question.body))
  const response = await door.ask({
    method: body ? 'POST' : 'GET',
    path: question.path,
    ...(body ? { body, headers: { 'content-type': 'application/json' } } : {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
  })
  const value: unknown = JSON.parse((await readBounded(response, maxAnswerBytes)).toString('utf8'))
  if (response.statusCode === 200 && Check(answer, value)) return value
  if (Check(EnrolRefusal, value)) throw new EnrolRefused(value.code)
  throw new Error(`The fleet answered ${response.statusCode} to ${question.path}`)
}

/*
 * What the fleet is asked about this terminal's identity. Each throws `EnrolRefused`, or what went wrong with the line
 * or the answer.
 */
export const ask = {
  enrol: (door: Door, body: EnrolRequest, signal: AbortSignal) =>
    exchange(door, { path: paths.enrol, body }, EnrolAnswer, signal),
  enrolment: (door: Door, signal: AbortSignal) =>
    exchange(door, { path: paths.enrolment }, EnrolmentState, signal),
  renew: (door: Door, body: RenewRequest, signal: AbortSignal) =>
    exchange(door, { path: paths.renew, body }, RenewAnswer, signal),
  keys: (door: Door, signal: AbortSignal) => exchange(door, { path: paths.keys }, SigningKeys, signal),
} as const
