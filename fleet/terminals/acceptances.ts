import { createHash } from 'node:crypto'
import type { AcceptanceReport } from '../../protocol/setup.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { FleetArtefacts } from '../artefacts/artefacts.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'

/** A report as people see it; `picture` is the artefact with the signed sheet. */
export interface Acceptance extends Omit<AcceptanceReport, 'picture'> {
  readonly device: string
  readonly receivedAt: number
  readonly picture: string
}

export interface AcceptancesParts {
  readonly database: Database
  readonly artefacts: Pick<FleetArtefacts, 'put'>
  readonly clock: Clock
}

/** What technicians have proved. INVARIANT: a report that comes again, since its answer was lost, is kept once. */
export class Acceptances {
  readonly #parts: AcceptancesParts
  readonly #turns = new Turns()

  constructor(parts: AcceptancesParts) {
    this.#parts = parts
  }

  /** Takes a report; when this resolves it survives a power cut. Throws `ProblemError` (`invalid`). */
  receive(device: string, { picture, ...report }: AcceptanceReport): Promise<void> {
    const jpeg = Buffer.from(picture, 'base64')
    // The start of image and the marker after it (ITU-T T.81 B.1.1.3).
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8 || jpeg[2] !== 0xff) {
      throw new ProblemError('invalid', 'The picture is no JPEG')
    }
    if (report.sheet.device !== undefined && report.sheet.device !== device) {
      throw new ProblemError('invalid', 'The sheet is that of another terminal')
    }
    return this.#turns.take(device, () => this.#keep(device, report, jpeg))
  }

  /** The newest report of a terminal. */
  async newest(device: string): Promise<Acceptance | undefined> {
    const row = await this.#newestRow(device)
    if (row === undefined) return undefined
    const report = JSON.parse(row.report) as Omit<AcceptanceReport, 'picture'>
    return { ...report, device, receivedAt: Number(row.received_at), picture: row.picture }
  }

  #newestRow(device: string) {
    return this.#parts.database
      .selectFrom('acceptances')
      .selectAll()
      .where('device', '=', device)
      .orderBy('received_at', 'desc')
      .executeTakeFirst()
  }

  async #keep(device: string, report: Omit<AcceptanceReport, 'picture'>, jpeg: Buffer): Promise<void> {
    const { database, artefacts, clock } = this.#parts
    const { hash } = report.printed
    const sha256 = createHash('sha256').update(jpeg).digest('hex')
    const known = await database
      .selectFrom('acceptances')
      .select('id')
      .where('device', '=', device)
      .where('hash', '=', hash)
      .where('picture_sha256', '=', sha256)
      .executeTakeFirst()
    if (known !== undefined) return
    const kept = await artefacts.put({
      kind: 'acceptance',
      mediaType: 'image/jpeg',
      terminal: device,
      source: jpeg,
      preview: jpeg,
    })
    // Two of the same millisecond have an order too.
    const last = await this.#newestRow(device)
    const now = Math.max(clock.now(), Number(last?.received_at ?? 0) + 1)
    await database
      .insertInto('acceptances')
      .values({
        id: uuidv7(now),
        device,
        hash,
        received_at: now,
        report: JSON.stringify(report),
        picture: kept.id,
        picture_sha256: sha256,
      })
      .execute()
  }
}
