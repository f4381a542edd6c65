import { Summary } from './summary.ts'
import { eachRow, type Transaction } from './tables.ts'
import { floorTo, hours, minutes, raw, type Tier } from './tiers.ts'

interface Subject {
  readonly number: number
  /** Raw samples from before this time are gone, or came later than that. */
  readonly thinnedUntil: number
}

const put = async (
  transaction: Transaction,
  { table }: Tier,
  terminal: number,
  at: number,
  summary: Summary,
): Promise<void> => {
  if (summary.samples === 0) return
  await transaction.run(
    `insert into ${table} (terminal, at, samples, packed) values (?, ?, ?, ?)
     on conflict (terminal, at) do update set samples = excluded.samples, packed = excluded.packed`,
    [terminal, at, summary.samples, summary.packed()],
  )
}

/**
 * Sums up some 5-minute steps of a terminal from its samples, and the hours they are in from their steps. Doing it again
 * changes nothing. A sample that came when those of its step were gone already is added to what was summed up, and goes.
 */
export const rollUp = async (
  transaction: Transaction,
  { number, thinnedUntil }: Subject,
  steps: readonly number[],
): Promise<void> => {
  for (const from of steps) {
    const step = { from, until: from + minutes.stepMs }
    const summary = new Summary()
    await eachRow(transaction, raw, number, step, ({ packed }) => summary.add(packed, raw.width))
    if (from < thinnedUntil) {
      const before = (row: { packed: Uint8Array; samples: number }) =>
        summary.add(row.packed, minutes.width, row.samples)
      await eachRow(transaction, minutes, number, step, before)
      const sql = 'delete from telemetry_raw where terminal = ? and at >= ? and at < ?'
      await transaction.run(sql, [number, step.from, step.until])
    }
    await put(transaction, minutes, number, from, summary)
  }
  for (const from of new Set(steps.map((at) => floorTo(at, hours.stepMs)))) {
    const summary = new Summary()
    const hour = { from, until: from + hours.stepMs }
    await eachRow(transaction, minutes, number, hour, ({ packed, samples }) =>
      summary.add(packed, minutes.width, samples),
    )
    await put(transaction, hours, number, from, summary)
  }
}

/** Forgets what is older than its tier keeps; once an hour is often enough. Gives from when on samples are there. */
export const thin = async (
  transaction: Transaction,
  { number, thinnedUntil }: Subject,
  now: number,
): Promise<number> => {
  const limit = floorTo(now - raw.keptMs, minutes.stepMs)
  if (limit < thinnedUntil + hours.stepMs) return thinnedUntil
  for (const { table, keptMs } of [raw, minutes, hours])
    await transaction.run(`delete from ${table} where terminal = ? and at < ?`, [
      number,
      floorTo(now - keptMs, minutes.stepMs),
    ])
  await transaction.run('update telemetry_terminals set thinned_until = ? where number = ?', [limit, number])
  return limit
}
