import type { Logger } from 'pino'
import type { Morning } from '../api/health-schemas.ts'
import type { Terminal } from '../api/schemas.ts'
import type { Database } from '../store/database.ts'
import type { EventLog } from '../terminals/events.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { idsFrom } from './uuid-bound.ts'

type Change = Morning['terminals'][number]['changedOvernight'][number]

export interface ChangesParts {
  readonly database: Database
  readonly terminals: Pick<Terminals, 'list' | 'watch'>
  readonly events: Pick<EventLog, 'note'>
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

/** A terminal that has said nothing yet. */
const untold = JSON.stringify(['', []])

/** What has changed at terminals; those changes that only the fleet can see are written down as events. */
export class Changes {
  readonly #parts: ChangesParts
  readonly #seen = new Map<string, { readonly agent: string | undefined; readonly devices: string }>()
  #stop = () => {}

  constructor(parts: ChangesParts) {
    this.#parts = parts
  }

  start(): void {
    for (const terminal of this.#parts.terminals.list()) this.#look(terminal)
    this.#stop = this.#parts.terminals.watch((terminal) => this.#look(terminal))
  }

  stop(): void {
    this.#stop()
  }

  /** What the events since then say that has changed at a terminal. */
  async since(terminal: string, from: number): Promise<Change[]> {
    const rows = await this.#parts.database
      .selectFrom('events')
      .select('type')
      .where('terminal', '=', terminal)
      .where('id', '>=', idsFrom(from))
      .where('type', 'in', Object.keys(changes))
      .limit(100)
      .execute()
    return [...new Set(rows.flatMap(({ type }) => changes[type] ?? []))]
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
    const { events, log } = this.#parts
    events
      .note(terminal, type, data)
      .catch((error: unknown) => log.error({ err: error, terminal }, 'a change was not kept'))
  }
}
