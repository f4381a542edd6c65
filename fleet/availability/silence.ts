import { dayMs } from '../../protocol/local-time.ts'
import type { SilentVillage } from '../api/health-schemas.ts'
import type { Command } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { EventLog } from '../terminals/events.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { createPause } from './pause.ts'
import type { Place } from './rows.ts'
import { idsFrom } from './uuid-bound.ts'

export interface SilenceParts {
  readonly database: Database
  readonly terminals: Pick<Terminals, 'get'>
  readonly commands: { watch(onlooker: (command: Command) => void): () => void }
  readonly events: Pick<EventLog, 'watch'>
  readonly clock: Clock
}

/** What serves a resident. */
const services = ['scanner.scan', 'printer.print', 'copier.copy']
/** Further back nobody looks. */
const lookBackMs = 90 * dayMs

/** When a terminal last showed that it serves, and when it came to the fleet. */
interface Sign {
  readonly registered: number
  at: number | undefined
}

/** Where nobody and nothing has shown for days that the terminal serves. */
export class Silence {
  readonly #parts: SilenceParts
  readonly #signs = new Map<string, Promise<Sign>>()
  #stops: (() => void)[] = []

  constructor(parts: SilenceParts) {
    this.#parts = parts
  }

  /** Signs are looked up once; from here on they are told. */
  start(): void {
    const { commands, events, clock } = this.#parts
    this.#signs.clear()
    this.#stops = [
      commands.watch(({ terminal, name, state, updatedAt }) => {
        if (state === 'succeeded' && services.includes(name)) this.#shown(terminal, updatedAt)
      }),
      events.watch((terminal, { type, data }) => {
        if (type === 'selftest' && hasPassed(data)) this.#shown(terminal, clock.now())
      }),
    ]
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
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
      const { at: since, registered } = await this.#sign(terminal, now)
      const quiet = (now - (since ?? registered)) / dayMs
      if (quiet >= days)
        silent.push({ village, terminal, ...(since === undefined ? {} : { since }), days: quiet })
      await pause()
    }
    return silent.sort((one, other) => other.days - one.days)
  }

  #sign(terminal: string, now: number): Promise<Sign> {
    const known = this.#signs.get(terminal)
    if (known) return known
    const sign = this.#look(terminal, now)
    this.#signs.set(terminal, sign)
    sign.catch(() => this.#signs.delete(terminal))
    return sign
  }

  /** What is told while the store is asked counts after its answer. */
  #shown(terminal: string, at: number): void {
    this.#signs.get(terminal)?.then(
      (sign) => {
        sign.at = Math.max(sign.at ?? 0, at)
      },
      () => {},
    )
  }

  async #look(terminal: string, now: number): Promise<Sign> {
    const { database } = this.#parts
    const row = await database
      .selectFrom('terminals')
      .select(({ selectFrom }) => [
        'registered_at',
        selectFrom('commands')
          .select('updated_at')
          .whereRef('commands.terminal', '=', 'terminals.id')
          .where('issued_at', '>=', now - lookBackMs)
          .where('state', '=', 'succeeded')
          .where('name', 'in', services)
          .orderBy('issued_at', 'desc')
          .limit(1)
          .as('served'),
      ])
      .where('terminals.id', '=', terminal)
      .executeTakeFirst()
    const served = row?.served ?? undefined
    const tests = await database
      .selectFrom('events')
      .select(['received_at', 'data'])
      .where('terminal', '=', terminal)
      .where('id', '>=', idsFrom(served ?? now - lookBackMs))
      .where('type', '=', 'selftest')
      .orderBy('id', 'desc')
      .limit(100)
      .execute()
    const passed = tests.find(({ data }) => hasPassed(JSON.parse(data)))
    const signs = [served, passed?.received_at].flatMap((at) => at ?? [])
    return { registered: row?.registered_at ?? now, at: signs.length === 0 ? undefined : Math.max(...signs) }
  }
}

/** One that was skipped has shown nothing. */
const hasPassed = ({ ok, skipped }: { readonly ok?: unknown; readonly skipped?: unknown }): boolean =>
  ok === true && (skipped === undefined || skipped === false)
