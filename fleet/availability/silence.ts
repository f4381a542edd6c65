import { dayMs } from '../../protocol/local-time.ts'
import type { SilentVillage } from '../api/health-schemas.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { createPause } from './pause.ts'
import type { Place } from './rows.ts'
import { idsFrom } from './uuid-bound.ts'

export interface SilenceParts {
  readonly database: Database
  readonly terminals: Pick<Terminals, 'get'>
  readonly clock: Clock
}

/** What serves a resident. */
const services = ['scanner.scan', 'printer.print', 'copier.copy']
/** Further back nobody looks. */
const lookBackMs = 90 * dayMs
/** A sign of service is looked for anew that late, in milliseconds: silence is counted in days. */
const freshMs = 60_000

/** Where nobody and nothing has shown for days that the terminal serves. */
export class Silence {
  readonly #parts: SilenceParts
  readonly #known = new Map<string, { readonly at: number; readonly sign: Promise<number | undefined> }>()

  constructor(parts: SilenceParts) {
    this.#parts = parts
  }

  /**
   * The terminals without a scan, a print or a copy that succeeded and without a self-test that passed for so many
   * days, the longest silence first. Those that were never there or are out of service are not waited for.
   */
  async of(places: readonly Place[], days: number): Promise<SilentVillage[]> {
    const pause = createPause()
    const now = this.#parts.clock.now()
    const silent: SilentVillage[] = []
    for (const { id: terminal, village } of places) {
      const state = this.#parts.terminals.get(terminal)?.state
      if (state === undefined || state === 'never-seen' || state === 'retired') continue
      const since = await this.#sign(terminal, now)
      const quiet = (now - (since ?? (await this.#registered(terminal, now)))) / dayMs
      if (quiet >= days)
        silent.push({ village, terminal, ...(since === undefined ? {} : { since }), days: quiet })
      await pause()
    }
    return silent.sort((one, other) => other.days - one.days)
  }

  #sign(terminal: string, now: number): Promise<number | undefined> {
    const known = this.#known.get(terminal)
    if (known && now - known.at < freshMs) return known.sign
    const sign = this.#look(terminal, now)
    this.#known.set(terminal, { at: now, sign })
    sign.catch(() => this.#known.delete(terminal))
    return sign
  }

  async #look(terminal: string, now: number): Promise<number | undefined> {
    const { database } = this.#parts
    const served = await database
      .selectFrom('commands')
      .select('updated_at')
      .where('terminal', '=', terminal)
      .where('issued_at', '>=', now - lookBackMs)
      .where('state', '=', 'succeeded')
      .where('name', 'in', services)
      .orderBy('issued_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    const tests = await database
      .selectFrom('events')
      .select(['received_at', 'data'])
      .where('terminal', '=', terminal)
      .where('id', '>=', idsFrom(served?.updated_at ?? now - lookBackMs))
      .where('type', '=', 'selftest')
      .orderBy('id', 'desc')
      .limit(100)
      .execute()
    const passed = tests.find(({ data }) => hasPassed(JSON.parse(data)))
    const signs = [served?.updated_at, passed?.received_at].flatMap((at) => at ?? [])
    return signs.length === 0 ? undefined : Math.max(...signs)
  }

  async #registered(terminal: string, now: number): Promise<number> {
    const row = await this.#parts.database
      .selectFrom('terminals')
      .select('registered_at')
      .where('id', '=', terminal)
      .executeTakeFirst()
    return row?.registered_at ?? now
  }
}

/** One that was skipped has shown nothing. */
const hasPassed = ({ ok, skipped }: { readonly ok?: unknown; readonly skipped?: unknown }): boolean =>
  ok === true && (skipped === undefined || skipped === false)
