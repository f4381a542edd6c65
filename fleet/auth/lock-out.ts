import type { Clock } from '../clock.ts'
import { networkOf } from '../network.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { hashOf } from './secret.ts'

/** Who tries to get in. */
export interface Attempt {
  readonly name?: string
  /** The address from which it comes; a whole office may share one. */
  readonly address?: string
}

/** Failures that cost nothing, by what they are counted on. */
const free = { name: 5, address: 20 } as const
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

  /** Throws `ProblemError` `rate-limited` while the name or the address has to wait. */
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
    for (const { who, freely } of counted(attempt)) {
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
      const waitMs = waitAfter(count - freely - 1)
      if (waitMs === 0) continue
      await this.#database
        .updateTable('sign_in_failures')
        .set({ wait_until: now + waitMs })
        .where('who_sha256', '=', who)
        .execute()
    }
  }

  /** Forgets the failures on a name: its person got in, or an admin says so. Those of an address stay. */
  async forgive(name: string): Promise<void> {
    const whos = counted({ name }).map(({ who }) => who)
    await this.#database.deleteFrom('sign_in_failures').where('who_sha256', 'in', whos).execute()
  }
}

const counted = ({ name, address }: Attempt): { who: string; freely: number }[] => [
  ...(name === undefined ? [] : [{ who: hashOf(`name ${name}`), freely: free.name }]),
  ...(address === undefined ? [] : [{ who: hashOf(`address ${networkOf(address)}`), freely: free.address }]),
]
