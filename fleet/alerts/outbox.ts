import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Errand, Notice, NoticeKind } from './notice.ts'

/** A message on its way. */
export interface Letter {
  readonly id: string
  readonly notice: Notice
  readonly createdAt: number
  readonly tries: number
  /** The message in which it went out before, when nobody knows whether it arrived. */
  readonly message?: string
}

/** How long delivered letters are kept, in milliseconds. */
const keptMs = 90 * 86_400_000

const kinds: readonly NoticeKind[] = ['opened', 'flapping', 'reminder', 'recovered']

/**
 * The messages to the channels. INVARIANTS: a letter stands here before it goes out, and goes out under the same name
 * again until it is known to have arrived; whoever may have heard that something began hears that it is over, never
 * before it, and nobody else does.
 */
export class Outbox {
  readonly #database: Database
  readonly #clock: Pick<Clock, 'now'>

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database
    this.#clock = clock
  }

  /** Writes down what is to be told, in the transaction that keeps the incident. */
  async add(transaction: Database, errand: Errand): Promise<void> {
    const { incident, notice, channels, dueAt } = errand
    const kind = notice?.kind
    // A reminder does not overtake the message of which it reminds, and replaces one that has not gone out.
    await this.#withdraw(transaction, incident, kind === 'reminder' ? [kind] : kinds)
    if (!notice || kind === undefined) return
    // Asked after the withdrawal: a letter that began to go out meanwhile is either withdrawn or told.
    const told = await this.#told(transaction, incident)
    const followsUp = kind === 'recovered' || kind === 'reminder'
    for (const channel of channels) {
      if (followsUp && !told.has(channel)) continue
      const at = this.#clock.now()
      await transaction
        .insertInto('alert_outbox')
        .values({
          ...{ id: uuidv7(at), channel, incident, kind, content: JSON.stringify(notice) },
          ...{
            created_at: at,
            due_at: dueAt,
            tries: 0,
            message: null,
            delivered_at: null,
            given_up_at: null,
          },
        })
        .execute()
    }
  }

  /** The channels that have heard of an incident, or may have, and not yet that it is over; what was given up is not heard. */
  async #told(transaction: Database, incident: string): Promise<Set<string>> {
    const rows = await transaction
      .selectFrom('alert_outbox')
      .select(['channel', 'kind'])
      .where('incident', '=', incident)
      .where('message', 'is not', null)
      .where('given_up_at', 'is', null)
      .orderBy('created_at')
      .execute()
    const told = new Set<string>()
    for (const { channel, kind } of rows) {
      if (kind === 'recovered') told.delete(channel)
      else told.add(channel)
    }
    return told
  }

  /** What has not gone out is not to go out; of what may have arrived nobody knows, so it stays. */
  async #withdraw(transaction: Database, incident: string, which: readonly NoticeKind[]): Promise<void> {
    await transaction
      .deleteFrom('alert_outbox')
      .where('incident', '=', incident)
      .where('kind', 'in', which)
      .where('delivered_at', 'is', null)
      .where('message', 'is', null)
      .execute()
  }

  /** The channels with letters that are due. */
  async waiting(): Promise<string[]> {
    const rows = await this.#pending().select('channel').distinct().execute()
    return rows.map(({ channel }) => channel)
  }

  /** The letters of a channel that are due, the oldest first; those of a message that was tried come alone. */
  async due(channel: string): Promise<Letter[]> {
    const rows = await this.#pending()
      .selectAll()
      .where('channel', '=', channel)
      .orderBy('created_at')
      .orderBy('id')
      .limit(100)
      .execute()
    const message = rows.find((row) => row.message !== null)?.message ?? null
    return rows
      .filter((row) => row.message === message)
      .map((row) => ({
        id: row.id,
        notice: JSON.parse(row.content) as Notice,
        createdAt: row.created_at,
        tries: row.tries,
        ...(row.message === null ? {} : { message: row.message }),
      }))
  }

  /** Gives letters the name of the message in which they go out; those that were withdrawn meanwhile are left out. */
  async begin(letters: readonly Letter[], message: string): Promise<Letter[]> {
    const ids = letters.map(({ id }) => id)
    await this.#database.updateTable('alert_outbox').set({ message }).where('id', 'in', ids).execute()
    const left = await this.#database.selectFrom('alert_outbox').select('id').where('id', 'in', ids).execute()
    const kept = new Set(left.map(({ id }) => id))
    return letters.filter(({ id }) => kept.has(id))
  }

  /** Writes down how it went; `again` says when it is tried again, if it did not go well and is not given up. */
  async end(letters: readonly Letter[], outcome: 'delivered' | 'given-up' | { readonly again: number }) {
    const now = this.#clock.now()
    const ids = letters.map(({ id }) => id)
    const changes =
      outcome === 'delivered'
        ? { delivered_at: now }
        : outcome === 'given-up'
          ? { given_up_at: now }
          : { due_at: outcome.again }
    await this.#database
      .updateTable('alert_outbox')
      .set((eb) => ({ ...changes, tries: eb('tries', '+', 1) }))
      .where('id', 'in', ids)
      .execute()
  }

  /** Makes all of a channel due now, after it was set up anew. */
  async hurry(channel: string): Promise<void> {
    const due_at = this.#clock.now()
    await this.#database
      .updateTable('alert_outbox')
      .set({ due_at })
      .where('channel', '=', channel)
      .where('tries', '>', 0)
      .where('delivered_at', 'is', null)
      .execute()
  }

  /** Forgets what waits for a channel that is no more. */
  async drop(channel: string): Promise<void> {
    await this.#database
      .deleteFrom('alert_outbox')
      .where('channel', '=', channel)
      .where('delivered_at', 'is', null)
      .execute()
  }

  /** Forgets what is too old. */
  async forget(): Promise<void> {
    await this.#database
      .deleteFrom('alert_outbox')
      .where('created_at', '<', this.#clock.now() - keptMs)
      .execute()
  }

  /** What is due, but for what follows a letter about the same incident that was tried: it does not overtake it. */
  #pending() {
    return this.#database
      .selectFrom('alert_outbox')
      .where('delivered_at', 'is', null)
      .where('given_up_at', 'is', null)
      .where('due_at', '<=', this.#clock.now())
      .where(({ eb, or, not, exists, selectFrom }) => {
        const tried = selectFrom('alert_outbox as tried')
          .select('tried.id')
          .whereRef('tried.incident', '=', 'alert_outbox.incident')
          .whereRef('tried.channel', '=', 'alert_outbox.channel')
          .where('tried.message', 'is not', null)
          .where('tried.delivered_at', 'is', null)
          .where('tried.given_up_at', 'is', null)
        return or([eb('message', 'is not', null), not(exists(tried))])
      })
  }
}
