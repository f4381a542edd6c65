import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'

/** A thing that happened, as rules name it. */
export interface Happening {
  readonly terminal: string
  /** The part of the terminal of which it speaks, where each of them is well or not by itself. */
  readonly part?: string
  readonly name: string
  readonly detail?: string
  /** Of what can be well or not: which it is now. */
  readonly bad?: boolean
}

type Data = Readonly<Record<string, string | number | boolean>>

const mark = 'events'
/** A write may become visible so much later than the moment that stands in it, in milliseconds. */
const overlapMs = 10_000
const most = 500

const detailOf = (data: Data): string =>
  Object.entries(data)
    .filter(([, value]) => typeof value !== 'boolean')
    .map(([key, value]) => (key === 'about' ? `${value}` : `${key}: ${value}`))
    .join(', ')
    .slice(0, 200)

/** Of which of a terminal's parts an event speaks: the terminal's word, so no more of it than a name has. */
const partOf = (data: Data): string =>
  String(data.capability ?? data.device ?? '')
    .replaceAll(/[^\w.:-]/g, '-')
    .slice(0, 60)

const happeningOf = (terminal: string, type: string, data: Data): Happening => {
  const detail = detailOf(data)
  const ofPart = { terminal, part: partOf(data), detail }
  if (type === 'selftest') {
    // What is skipped is no fault, also where it was one: the device was taken away.
    return { ...ofPart, name: 'selftest-failed', bad: data.ok !== true && data.skipped !== true }
  }
  if (type === 'device-fault' || type === 'device-recovered') {
    return { ...ofPart, name: 'device-fault', bad: type === 'device-fault' }
  }
  return { terminal, name: type, detail }
}

/**
 * Reads on in the events of the terminals and of the fleet about them, each once, also over a restart: how far it
 * read stands in the store with what came of it.
 */
export class Happenings {
  readonly #database: Database
  readonly #clock: Pick<Clock, 'now'>
  #read = 0
  /** Events of the overlap that were read already, by when they came. */
  #known = new Map<string, number>()

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database
    this.#clock = clock
  }

  async start(): Promise<void> {
    const row = await this.#database
      .selectFrom('alert_marks')
      .select('value')
      .where('name', '=', mark)
      .executeTakeFirst()
    this.#read = row ? Number(row.value) : this.#clock.now()
    if (!row) await this.save(this.#database)
    // What came before the mark was told before it was written; the overlap is about what comes from now on.
    const before = await this.#rows(this.#read - overlapMs)
    for (const { terminal, id, received_at } of before) {
      if (received_at <= this.#read) this.#known.set(`${terminal} ${id}`, received_at)
    }
  }

  /** What came since it was last asked, the oldest first, at most 500. */
  async next(): Promise<Happening[]> {
    const rows = await this.#rows(this.#read - overlapMs)
    const fresh = rows.filter(({ terminal, id }) => !this.#known.has(`${terminal} ${id}`))
    for (const { terminal, id, received_at } of fresh) {
      this.#known.set(`${terminal} ${id}`, received_at)
      this.#read = Math.max(this.#read, received_at)
    }
    for (const [key, at] of this.#known) if (at < this.#read - overlapMs) this.#known.delete(key)
    return fresh.map(({ terminal, type, data }) => happeningOf(terminal, type, JSON.parse(data) as Data))
  }

  /** Writes down how far it read. */
  async save(transaction: Database): Promise<void> {
    const value = this.#read
    await transaction
      .insertInto('alert_marks')
      .values({ name: mark, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }

  #rows(since: number) {
    return this.#database
      .selectFrom('events')
      .select(['id', 'terminal', 'type', 'received_at', 'data'])
      .where('received_at', '>=', since)
      .orderBy('received_at')
      .orderBy('id')
      .limit(most + this.#known.size)
      .execute()
  }
}
