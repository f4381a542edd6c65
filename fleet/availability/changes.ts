import type { Logger } from 'pino'
import { dayMs } from '../../protocol/local-time.ts'
import type { Morning } from '../api/health-schemas.ts'
import type { Terminal } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { EventLog } from '../terminals/events.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { createPause } from './pause.ts'
import { idsFrom, madeAt } from './uuid-bound.ts'

type Change = Morning['terminals'][number]['changedOvernight'][number]

export interface ChangesParts {
  readonly database: Database
  readonly terminals: Pick<Terminals, 'list' | 'watch'>
  readonly events: Pick<EventLog, 'note' | 'watch'>
  readonly clock: Clock
  readonly log: Logger
}

/** What each event says that has changed. */
const changes: Readonly<Record<string, Change>> = {
  'agent-started': 'restart',
  'agent-changed': 'agent',
  'devices-changed': 'devices',
}

/** Which devices a terminal has, whether they work or not. */
const devicesOf = ({ capabilities, profiles }: Terminal): string =>
  JSON.stringify([
    profiles?.mfp ?? '',
    Object.keys(capabilities)
      .filter((name) => capabilities[name]?.present)
      .sort(),
  ])

/** Further back nobody looks: a shop that did not close for a week is looked at for a day. */
const keptMs = 8 * dayMs
/** So many of one terminal are kept. */
const most = 100
const askedAtOnce = 100

/** A terminal that has said nothing yet. */
const untold = JSON.stringify(['', []])

interface Recent {
  readonly change: Change
  readonly at: number
}

/**
 * What has changed at terminals; those changes that only the fleet can see are written down as events. Lately told ones
 * are at hand.
 */
export class Changes {
  readonly #parts: ChangesParts
  readonly #seen = new Map<string, { readonly agent: string | undefined; readonly devices: string }>()
  /** By the id of the event. INVARIANT: there before the store is asked, so nothing told meanwhile is missed. */
  readonly #recent = new Map<string, Map<string, Recent>>()
  readonly #known = new Set<string>()
  #stops: (() => void)[] = []

  constructor(parts: ChangesParts) {
    this.#parts = parts
  }

  start(): void {
    const { terminals, events } = this.#parts
    this.#recent.clear()
    this.#known.clear()
    for (const terminal of terminals.list()) this.#look(terminal)
    this.#stops = [
      terminals.watch((terminal) => this.#look(terminal)),
      events.watch((terminal, { id, type }) => this.#keep(terminal, id, type, madeAt(id))),
    ]
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Resolves when what has changed lately at these terminals is at hand. */
  async ready(terminals: readonly string[]): Promise<void> {
    const unknown = terminals.filter((id) => !this.#known.has(id))
    const pause = createPause()
    for (let n = 0; n < unknown.length; n += askedAtOnce) {
      await this.#read(unknown.slice(n, n + askedAtOnce))
      await pause()
    }
  }

  /** What has changed at a terminal that is at hand since then. */
  since(terminal: string, from: number): Change[] {
    const found = new Set<Change>()
    for (const { change, at } of this.#recent.get(terminal)?.values() ?? []) if (at >= from) found.add(change)
    return [...found]
  }

  async #read(terminals: readonly string[]): Promise<void> {
    for (const id of terminals) if (!this.#recent.has(id)) this.#recent.set(id, new Map())
    const rows = await this.#parts.database
      .selectFrom('events')
      .select(['terminal', 'id', 'type'])
      .where('terminal', 'in', terminals)
      .where('id', '>=', idsFrom(this.#parts.clock.now() - keptMs))
      .where('type', 'in', Object.keys(changes))
      .orderBy('id', 'desc')
      .limit(most * terminals.length)
      .execute()
    for (const { terminal, id, type } of rows.reverse()) this.#keep(terminal, id, type, madeAt(id))
    for (const id of terminals) this.#known.add(id)
  }

  #keep(terminal: string, id: string, type: string, at: number): void {
    const [change, recent] = [changes[type], this.#recent.get(terminal)]
    if (!change || !recent) return
    recent.set(id, { change, at })
    const old = this.#parts.clock.now() - keptMs
    for (const [known, one] of recent) {
      if (one.at >= old && recent.size <= most) break
      recent.delete(known)
    }
  }

  #look(terminal: Terminal): void {
    const before = this.#seen.get(terminal.id)
    const now = { agent: terminal.agent, devices: devicesOf(terminal) }
    this.#seen.set(terminal.id, now)
    if (before?.agent !== undefined && now.agent !== undefined && before.agent !== now.agent) {
      this.#note(terminal.id, 'agent-changed', { before: before.agent, now: now.agent })
    }
    const knew = before !== undefined && before.devices !== untold
    if (knew && before.devices !== now.devices) this.#note(terminal.id, 'devices-changed', {})
  }

  #note(terminal: string, type: string, data: Readonly<Record<string, string>>): void {
    const { events, clock, log } = this.#parts
    const at = clock.now()
    events
      .note(terminal, type, data)
      .then(() => this.#keep(terminal, `${type} ${at}`, type, at))
      .catch((error: unknown) => log.error({ err: error, terminal }, 'a change was not kept'))
  }
}
