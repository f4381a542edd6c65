import type { Clock } from '../clock.ts'
import { networkOf } from '../network.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { hashOf } from './secret.ts'

/** Who tries to prove who they are. */
export interface Attempt {
  /** The name whose password is tried. */
  readonly name?: string
  /** The name whose code is tried, by somebody who gave the right password. */
  readonly codeOf?: string
  /** The session whose person gives the password once more. */
  readonly session?: string
  /** The address from which it comes; a whole office may share one. */
  readonly address?: string
}

/**
 * Failures that cost nothing, by what they are counted on. A name waits for the network that guesses, lest a stranger keep
 * its person out; everywhere it waits only after far more. Codes have six digits, and whoever tries them has the password,
 * so no network has free ones of its own.
 */
const free = { session: 5, code: 5, address: 20, nameOnNetwork: 5, name: 100 } as const
const firstWaitMs = 15_000
const longestWaitMs = 15 * 60_000
/** Without another failure for so long, all are forgotten. */
const forgottenAfterMs = 24 * 3_600_000

/** Each failure beyond the free ones doubles the wait. */
const waitAfter = (failures: number): number =>
  failures < 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures, 20))

/**
 * Makes those wait who guess. It stands in the store, so that a restart forgives nothing, and counts unknown names as
 * it counts known ones.
 */
export class LockOut {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Throws `ProblemError` `rate-limited` while anything on which the attempt is counted has to wait. */
  async check(attempt: Attempt): Promise<void> {
    const now = this.#clock.now()
    const { until } = await this.#database
      .selectFrom('sign_in_failures')
      .select(({ fn }) => fn.max('wait_until').as('until'))
      .where('who_sha256', 'in', ['', ...counted(attempt).map(({ who }) => who)])
      .executeTakeFirstOrThrow()
    const waitMs = Number(until ?? 0) - now
    if (waitMs <= 0) return
    const seconds = Math.ceil(waitMs / 1000)
    throw new ProblemError('rate-limited', `Too many failed attempts; wait ${seconds} seconds`, {
      retryAfterMs: waitMs,
    })
  }

  /** Counts a failure. */
  async failed(attempt: Attempt): Promise<void> {
    const now = this.#clock.now()
    await this.#database
      .deleteFrom('sign_in_failures')
      .where('last_at', '<=', now - forgottenAfterMs)
      .execute()
    for (const { who, on } of counted(attempt)) {
      const { count } = await this.#database
        .insertInto('sign_in_failures')
        .values({ who_sha256: who, count: 1, last_at: now, wait_until: 0 })
        .onConflict((conflict) =>
          conflict.column('who_sha256').doUpdateSet(({ eb, ref }) => ({
            count: eb(ref('sign_in_failures.count'), '+', 1),
            last_at: now,
          })),
        )
        .returning('count')
        .executeTakeFirstOrThrow()
      const waitMs = waitAfter(count - free[on] - 1)
      if (waitMs === 0) continue
      await this.#database
        .updateTable('sign_in_failures')
        .set({ wait_until: now + waitMs })
        .where('who_sha256', '=', who)
        .execute()
      // What a network does while it has to wait counts for it alone; or it would keep the name waiting everywhere.
      if (on === 'nameOnNetwork') break
    }
  }

  /** Forgets the failures on a name: its person got in, or an admin says so. Those of an address stay. */
  async forgive(name: string): Promise<void> {
    await this.#database
      .deleteFrom('sign_in_failures')
      .where('who_sha256', 'like', `${ofName(name)}%`)
      .execute()
  }
}

/** With what everything that is counted on a name begins. */
const ofName = (name: string): string => hashOf(`name ${name}`)

interface Counted {
  readonly on: keyof typeof free
  readonly who: string
}

/** On what an attempt is counted: the name everywhere comes last. */
const counted = ({ name, codeOf, session, address }: Attempt): Counted[] => {
  const network = address === undefined ? '' : networkOf(address)
  const all: (Counted | false)[] = [
    session !== undefined && { on: 'session', who: hashOf(`session ${session}`) },
    codeOf !== undefined && { on: 'code', who: `${ofName(codeOf)} code` },
    address !== undefined && { on: 'address', who: hashOf(`address ${network}`) },
    name !== undefined && { on: 'nameOnNetwork', who: `${ofName(name)} ${hashOf(`${name} ${network}`)}` },
    name !== undefined && { on: 'name', who: ofName(name) },
  ]
  return all.filter((one) => one !== false)
}
