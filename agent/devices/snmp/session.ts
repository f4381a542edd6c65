import { createSession, isVarbindError, Version1, Version2c } from 'net-snmp'
import { SnmpError } from './error.ts'
import { connectSocket } from './socket.ts'

/** Who is asked: SNMP by UDP, with the community as the word that opens it (RFC 1901). */
export interface SnmpPeer {
  readonly host: string
  /** 161 unless told. */
  readonly port?: number
  readonly community: string
}

/** SNMPv1 (RFC 1157) or SNMPv2c (RFC 1901). */
export type SnmpVersion = '1' | '2c'

/** What stands behind an object identifier: of the values of ASN.1 only numbers and bytes are of use here. */
export interface SnmpVariable {
  readonly oid: string
  readonly value: number | Buffer | undefined
}

export interface SnmpSession {
  /** The next variable behind each, `undefined` where there is none. Throws `SnmpError`; asks once only. */
  next(oids: readonly string[]): Promise<readonly (SnmpVariable | undefined)[]>
}

/** How long an answer and the whole session may take, in milliseconds. */
export interface SnmpPatience {
  readonly answerMs: number
  readonly totalMs: number
}

const causeOf = (error: Error): SnmpError => {
  if (error.name === 'RequestTimedOutError') return new SnmpError('timeout', 'No answer by SNMP in time')
  if (error.name === 'RequestFailedError') return new SnmpError('refused', 'SNMP was answered by an error')
  return new SnmpError('malformed', 'An answer by SNMP that does not fit its question', error)
}

/** Runs `use` with a session that ends with it, or by its time or the signal. Throws `SnmpError`. */
export const withSession = async <T>(
  { host, port = 161, community }: SnmpPeer,
  version: SnmpVersion,
  { answerMs, totalMs }: SnmpPatience,
  signal: AbortSignal,
  use: (session: SnmpSession) => Promise<T>,
): Promise<T> => {
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => {})
  const timer = setTimeout(() => ended.reject(new SnmpError('timeout', 'SNMP took too long')), totalMs)
  const stop = () => ended.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const orEnd = <R>(work: Promise<R>): Promise<R> => Promise.race([work, ended.promise])
  const connecting = connectSocket(host, port, ended.reject)
  try {
    signal.throwIfAborted()
    const { dgramModule } = await orEnd(connecting)
    const session = createSession(host, community, {
      version: version === '1' ? Version1 : Version2c,
      timeout: answerMs,
      retries: 0,
      dgramModule,
    })
    // A datagram that is no SNMP: somebody else's, as far as can be known.
    session.on('error', () => {})
    return await orEnd(
      use({
        next: (oids) =>
          orEnd(
            new Promise((resolve, reject) => {
              session.getNext([...oids], (error, variables = []) => {
                if (error) reject(causeOf(error))
                else resolve(variables.map(readVariable))
              })
            }),
          ),
      }),
    )
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    connecting.then(
      (socket) => socket.close(),
      () => {},
    )
  }
}

type Variable = Parameters<typeof isVarbindError>[0]

const readVariable = (variable: Variable): SnmpVariable | undefined => {
  if (isVarbindError(variable)) return undefined
  const { oid, value } = variable
  return { oid, value: typeof value === 'number' || Buffer.isBuffer(value) ? value : undefined }
}
