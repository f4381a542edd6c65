import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request as ask } from 'node:https'
import { text } from 'node:stream/consumers'
import type { SecureVersion, TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import type { Clock } from '../../fleet/clock.ts'
import { type OpenRates, openRates, openRoutes } from '../../fleet/door/enrolment.ts'
import type { Credentials, FleetAuthority } from '../../fleet/identity/authority.ts'
import { makeRequest } from '../../fleet/identity/certificates.ts'
import { Claims, type ClaimWish } from '../../fleet/identity/claims.ts'
import { Enrolments } from '../../fleet/identity/enrolment.ts'
import type { Database } from '../../fleet/store/database.ts'
import { alpn, door as paths } from '../../protocol/door.ts'
import type { EnrolAnswer } from '../../protocol/enrolment.ts'
import { StoppedClock, silent } from './fleet.ts'
import { testSigner } from './signing.ts'
import { type OpenDoor, openDoor } from './terminals-door.ts'

/** What a test may change of a fleet that enrols. */
export interface OpenJoining extends Omit<OpenDoor, 'open'> {
  readonly rates?: OpenRates
  /** What the open routes have to say. */
  readonly log?: Logger
  /** For what address the door takes this one of the loopback; itself unless told. */
  readonly standIn?: (address: string) => string
}

/** Claims, enrolments and the open routes of a door that has this authority. */
export const openRoutesOf = (
  { identities, devices }: FleetAuthority,
  database: Database,
  clock: Clock,
  { rates = openRates, log = silent }: Pick<OpenJoining, 'rates' | 'log'> = {},
) => {
  const signer = testSigner()
  const alarms: string[] = []
  const registered: string[] = []
  const claims = new Claims({
    ...{ database, pepper: Buffer.alloc(32, 1), clock, log: silent },
    events: { alarm: (type, device) => alarms.push(`${type} ${device}`) },
  })
  const enrolments = new Enrolments({
    ...{ claims, identities, devices, signer, clock, log: silent },
    register: async (device, village) => registered.push(`${device} ${village}`),
  })
  const open = openRoutes({ enrolments, signer, clock, log, rates })
  return { claims, open, alarms, registered }
}

/** What came back for one request. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  /** The TLS session, with which the next connection may be resumed. */
  readonly session: Buffer | undefined
  readonly resumed: boolean
}

/** One request over a connection of its own. */
export interface Question {
  readonly method?: string
  readonly path: string
  readonly who?: Partial<Credentials> | undefined
  readonly body?: unknown
  readonly from?: string
  readonly session?: Buffer | undefined
  readonly version?: SecureVersion
}

const jsonOf = (given: string): Record<string, unknown> => {
  try {
    return JSON.parse(given) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** The terminals' door of a fleet that enrols, with clients that ask it over real TLS. */
export const openJoining = async (options: OpenJoining = {}) => {
  const clock = new StoppedClock(Date.now())
  const { standIn = (address) => address } = options
  let routes: ReturnType<typeof openRoutesOf> | undefined
  const opened = await openDoor({
    http: ({ device }, _request, response) => response.end(JSON.stringify({ hello: device })),
    clock,
    ...options,
    open:
      (authority) =>
      (caller, ...asked) => {
        routes ??= openRoutesOf(authority, opened.database, clock, options)
        return routes.open({ ...caller, address: standIn(caller.address) }, ...asked)
      },
  })
  routes = openRoutesOf(opened.authority, opened.database, clock, options)
  const { claims, alarms, registered } = routes

  const question = async ({ method = 'GET', path, who, body, from, session, version }: Question) => {
    const agent = new Agent({
      ca: who?.ca ?? opened.authority.ca,
      key: who?.key,
      cert: who?.certificate,
      ALPNProtocols: [alpn.http],
      ...(session && { session }),
      ...(version && { maxVersion: version }),
    })
    const asked = ask({ agent, host: '127.0.0.1', port: opened.door.port, method, path, localAddress: from })
    let given: Buffer | undefined
    let resumed = false
    asked.once('socket', (socket) => {
      const tls = socket as TLSSocket
      tls.on('session', (one: Buffer) => {
        given = one
      })
      tls.once('secureConnect', () => {
        resumed = tls.isSessionReused()
      })
    })
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>
    asked.on('error', () => {})
    asked.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
    const [response] = await answered
    const said = await text(response)
    agent.destroy()
    return { status: response.statusCode ?? 0, body: jsonOf(said), session: given, resumed } satisfies Answer
  }

  /** A terminal that enrols by a claim of its own: what it holds then. */
  const join = async (wish: ClaimWish, serial = 'SN-1') => {
    const { code } = await claims.create(wish, 'a person')
    const { key, request: csr } = await makeRequest('anything')
    const answer = await question({ method: 'POST', path: paths.enrol, body: { code, csr, serial } })
    const { certificate, ca } = answer.body as unknown as EnrolAnswer
    return { code, csr, answer, who: { key, certificate, ca } satisfies Credentials }
  }
  return { ...opened, clock, claims, claimAlarms: alarms, registered, question, join }
}
export type Joining = Awaited<ReturnType<typeof openJoining>>
