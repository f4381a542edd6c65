import { createHmac, randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import { isDeviceId } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { ClaimRow } from '../store/schema.ts'
import { EnrolRefused } from './enrol-refused.ts'
import type { IdentityEvents } from './identities.ts'
import { hourMs } from './validity.ts'

/** How long a claim may be used, in milliseconds. */
const claimLifeMs = 72 * hourMs
/** Crockford's base 32: ten characters are fifty bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeLength = 10
const mostWrongTries = 5

/** For which terminal a claim is. */
export interface ClaimWish {
  readonly device: string
  readonly village: string
  /** The machine's serial number, where it is known; otherwise the claim is bound to the first machine that uses it. */
  readonly serial?: string
  /** Prepared at the depot, where the machine was seen: with the expected serial number it is accepted at once. */
  readonly depot?: boolean
}

/** How a claim stands. */
export type ClaimState = 'open' | 'used' | 'expired' | 'locked' | 'withdrawn'

/** A claim as people see it: its code is shown once, when it is made. */
export interface ClaimView {
  readonly id: string
  readonly device: string
  readonly village: string
  readonly serial?: string
  readonly depot: boolean
  readonly state: ClaimState
  readonly createdAt: number
  readonly expiresAt: number
}

export interface ClaimsParts {
  readonly database: Database
  /** A secret of the fleet: who has the table of claims alone cannot try out codes. */
  readonly pepper: Uint8Array
  readonly clock: Clock
  readonly log: Logger
  readonly events: Pick<IdentityEvents, 'alarm'>
}

const newCode = (): string =>
  Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('')

const stateOf = (row: ClaimRow, now: number): ClaimState => {
  if (row.withdrawn_at !== null) return 'withdrawn'
  if (row.enrolment !== null) return 'used'
  if (row.wrong_tries >= mostWrongTries) return 'locked'
  return now < row.expires_at ? 'open' : 'expired'
}

/**
 * One-time rights to enrol a terminal. A code is found by its keyed hash, so that the time a look-up takes tells
 * nothing of the codes that there are.
 */
export class Claims {
  readonly #parts: ClaimsParts

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  /** Makes a claim; the code is given here and never again. Throws `ProblemError` `invalid`. */
  async create(wish: ClaimWish, by: string): Promise<ClaimView & { readonly code: string }> {
    const { device, village, serial, depot = false } = wish
    if (!isDeviceId(device)) throw new ProblemError('invalid', 'This is no id of a terminal')
    if (village.length === 0 || village.length > 100) throw new ProblemError('invalid', 'This is no village')
    const { database, clock } = this.#parts
    const now = clock.now()
    const code = newCode()
    const row: ClaimRow = {
      id: uuidv7(now),
      code_hmac: this.#hash(code),
      device,
      village,
      serial: serial ?? null,
      depot: depot ? 1 : 0,
      created_at: now,
      created_by: by,
      expires_at: now + claimLifeMs,
      wrong_tries: 0,
      withdrawn_at: null,
      enrolment: null,
    }
    await database.insertInto('claims').values(row).execute()
    return { ...this.#view(row), code }
  }

  /** All claims, the newest first. */
  async list(): Promise<ClaimView[]> {
    const rows = await this.#parts.database
      .selectFrom('claims')
      .selectAll()
      .orderBy('created_at', 'desc')
      .limit(1000)
      .execute()
    return rows.map((row) => this.#view(row))
  }

  async get(id: string): Promise<ClaimView | undefined> {
    const { database } = this.#parts
    const row = await database.selectFrom('claims').selectAll().where('id', '=', id).executeTakeFirst()
    return row && this.#view(row)
  }

  /** Takes a claim back. Throws `ProblemError`: `not-found`, or `conflict` when it was used already. */
  async withdraw(id: string): Promise<void> {
    const { database, clock } = this.#parts
    if (!(await this.get(id))) throw new ProblemError('not-found', 'There is no such claim')
    const { numUpdatedRows } = await database
      .updateTable('claims')
      .set({ withdrawn_at: clock.now() })
      .where('id', '=', id)
      .where('enrolment', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new ProblemError('conflict', 'The claim was used already')
  }

  /** The claim of this code; one that was withdrawn is as good as none. */
  async find(code: string): Promise<ClaimRow | undefined> {
    const row = await this.#parts.database
      .selectFrom('claims')
      .selectAll()
      .where('code_hmac', '=', this.#hash(code))
      .executeTakeFirst()
    return row?.withdrawn_at === null ? row : undefined
  }

  /** Throws `EnrolRefused` unless the machine with this serial number may use the claim now. */
  async check(row: ClaimRow, serial: string): Promise<void> {
    const state = stateOf(row, this.#parts.clock.now())
    if (state === 'locked') throw new EnrolRefused('claim-locked', 'The claim is locked after too many tries')
    if (state === 'used') throw new EnrolRefused('claim-used', 'The claim was used for another key')
    if (state !== 'open') throw new EnrolRefused('claim-expired', 'The claim has expired')
    if (row.serial === null || row.serial === serial) return
    await this.#countWrongTry(row)
    throw new EnrolRefused('serial-differs', 'The claim is for another machine')
  }

  async #countWrongTry(row: ClaimRow): Promise<void> {
    const { database, log, events } = this.#parts
    const { wrong_tries } = await database
      .updateTable('claims')
      .set((update) => ({ wrong_tries: update('wrong_tries', '+', 1) }))
      .where('id', '=', row.id)
      .returning('wrong_tries')
      .executeTakeFirstOrThrow()
    if (wrong_tries !== mostWrongTries) return
    log.error({ claim: row.id, terminal: row.device }, 'a claim was locked after too many wrong tries')
    events.alarm('claim-locked', row.device, row.id)
  }

  #view(row: ClaimRow): ClaimView {
    return {
      id: row.id,
      device: row.device,
      village: row.village,
      ...(row.serial === null ? {} : { serial: row.serial }),
      depot: row.depot === 1,
      state: stateOf(row, this.#parts.clock.now()),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }
  }

  #hash(code: string): string {
    return createHmac('sha256', this.#parts.pepper).update(code).digest('hex')
  }
}
