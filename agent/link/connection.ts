import type { PresenceMessage } from '../../protocol/messages.ts'
import type { Backoff } from './backoff.ts'
import type { Member, Membership } from './credentials.ts'
import { type Line, LineDown } from './line.ts'
import { openSession, type Session, type SessionParts, Unreached } from './session.ts'

/** What the connection needs beside what each session needs. */
export interface ConnectionParts extends SessionParts {
  readonly membership: Membership
  readonly backoff: Backoff
  /** The number of the next connection: it grows over restarts too. */
  readonly nextConnection: () => number
  /** The line came up: what the fleet keeps of this terminal is to be sent again. */
  readonly cameUp: () => void
}

/** The line to the fleet over MQTT: kept up for as long as the agent runs. */
export interface Connection extends Line {
  /** Begins to connect; resolves at once. */
  start(): void
  /** Says bye, where the line is up, and stays away. */
  stop(reason: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** When it last did anything, on the monotonic clock; while nobody has let it in, there is nothing to do. */
  readonly lastSign: number
  /** How long the fleet took to answer the newest ping, in seconds. */
  readonly roundTrip: number | undefined
}

/** A line that held for so long was good: the next loss begins with short waits again. */
const steadyMs = 10_000

/** One terminal's connection to the fleet. mqtt.js knows no jitter, so its own reconnecting is off. */
export const createConnection = (parts: ConnectionParts): Connection => {
  const { membership, backoff, logger } = parts
  const stopped = new AbortController()
  let session: Session | undefined
  /** One that announces itself: the fleet may have seen it already. */
  let entering: Session | undefined
  let waiters: (() => void)[] = []
  let loop: Promise<void> | undefined
  let triedAt = Number.POSITIVE_INFINITY

  const live = async (member: Member) => {
    triedAt = performance.now()
    const connection = parts.nextConnection()
    const opened = await openSession(parts, member, connection, stopped.signal).catch((thrown: unknown) => {
      if (!stopped.signal.aborted) membership.failed(member, !(thrown instanceof Unreached))
      throw thrown
    })
    // From here on the fleet takes older credentials for a copy, also when the line falls before it has said more.
    membership.connected(member)
    entering = opened
    await opened.announce().catch((thrown: unknown) => {
      entering = undefined
      throw thrown
    })
    entering = undefined
    session = opened
    const { outdated } = member
    const leave = () => void opened.leave()
    if (outdated.aborted) leave()
    else outdated.addEventListener('abort', leave, { once: true })
    const since = performance.now()
    logger.info({ connection }, 'the line is up')
    for (const wake of waiters.splice(0)) wake()
    parts.cameUp()
    await opened.closed
    outdated.removeEventListener('abort', leave)
    session = undefined
    triedAt = performance.now()
    const lasted = performance.now() - since
    if (lasted > steadyMs) backoff.reset()
    logger.info({ connection, seconds: Math.round(lasted / 1000) }, 'the line went down')
  }
  const keepUp = async () => {
    while (!stopped.signal.aborted) {
      triedAt = Number.POSITIVE_INFINITY
      await membership
        .admitted(stopped.signal)
        .then(live)
        .catch((error: unknown) => logger.debug({ error }, 'the fleet was not reached'))
      await backoff.wait(stopped.signal).catch(() => {})
    }
  }

  return {
    start() {
      loop ??= keepUp()
    },
    async stop(reason) {
      await (session ?? entering)?.leave(reason)
      stopped.abort(new LineDown())
      await loop
    },
    get isUp() {
      return session !== undefined
    },
    get lastSign() {
      return session?.heardAt ?? triedAt
    },
    get roundTrip() {
      return session?.roundTrip
    },
    async up(signal) {
      signal.throwIfAborted()
      if (session) return
      await new Promise<void>((resolve, reject) => {
        const abandon = () => {
          waiters = waiters.filter((waiter) => waiter !== wake)
          reject(signal.reason)
        }
        const wake = () => {
          signal.removeEventListener('abort', abandon)
          resolve()
        }
        signal.addEventListener('abort', abandon, { once: true })
        waiters.push(wake)
      })
    },
    async send(kind, body, how) {
      if (!session) throw new LineDown()
      await session.send(kind, body, how)
    },
  }
}
