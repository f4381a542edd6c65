import { setImmediate as breathe } from 'node:timers/promises'
import { type MetricName, metricNames } from '../../protocol/vitals.ts'
import { Turns } from '../turns.ts'
import type { Batch } from './batch.ts'
import { Newest, type Readings } from './newest.ts'
import { pack } from './packing.ts'
import type { PackedPoints } from './points.ts'
import { rollUp, thin } from './roll-up.ts'
import { readSeries, type Series } from './series.ts'
import { listed, numbersOf, type Tables, type Transaction, type Value } from './tables.ts'
import type { SeriesQuery } from './telemetry.ts'
import { floorTo, minutes, raw, type Span, tierFor } from './tiers.ts'

const { length: metrics } = metricNames

/** How long after its end a step is rolled up; what comes later rolls it up again. */
const settleMs = 30_000

/** Steps of one terminal rolled up in one transaction, so that none is long. */
const stepsAtOnce = 50

/** Rows written by one statement. */
const rowsAtOnce = 100

/** How many of a terminal's newest samples are looked through for the newest value of each metric. */
const newestSamples = 30

/** What is known of a terminal beside its rows. */
interface Standing {
  readonly number: number
  thinnedUntil: number
  /** Steps of the finest summary whose samples are not yet, or not all, in it. */
  readonly pending: Set<number>
}

const isOver = (step: number, now: number): boolean => step + minutes.stepMs <= now - settleMs

const holes = (columns: number, rows: number): string =>
  Array.from({ length: rows }, () => `(${'?, '.repeat(columns - 1)}?)`).join(', ')

/**
 * The vitals of all terminals in their tables. INVARIANT: acts on the tables happen one after another, each in a short
 * transaction; what is remembered here changes only when its transaction was kept.
 */
export class Archive {
  readonly #tables: Tables
  readonly #turns = new Turns()
  readonly #standings = new Map<string, Standing>()
  /** What was asked and is not being read yet, by terminal and time. */
  readonly #questions = new Map<
    string,
    { readonly metrics: Set<MetricName>; readonly answer: Promise<Series> }
  >()

  private constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Reads what the tables know of the terminals. */
  static async open(tables: Tables): Promise<Archive> {
    const archive = new Archive(tables)
    const read = (sql: string) => tables.transaction((transaction) => transaction.rows(sql, []))
    const byNumber = new Map<unknown, Standing>()
    const terminals = await read('select number, name, thinned_until as thinned from telemetry_terminals')
    for (const [number, name, thinned] of terminals) {
      const standing = {
        number: number as number,
        thinnedUntil: thinned as number,
        pending: new Set<number>(),
      }
      archive.#standings.set(name as string, standing)
      byNumber.set(number, standing)
    }
    // After a long rest there are hundreds of thousands: a row for each would fill the thread's memory.
    const pending = `select terminal, ${listed('at')} from telemetry_pending group by terminal`
    for (const [terminal, steps] of await read(pending))
      for (const step of numbersOf(steps)) byNumber.get(terminal)?.pending.add(step)
    return archive
  }

  /** Resolves when the samples are in the tables; those that are there already change nothing. */
  keep(batch: Batch): Promise<void> {
    const newcomers = new Map<string, Standing>()
    const waiting = new Map<Standing, Set<number>>()
    return this.#inTurn(
      async (transaction) => {
        await this.#meet(transaction, batch, newcomers)
        const rows: Value[] = []
        for (const [index, name] of batch.terminals.entries()) {
          const standing = (this.#standings.get(name) ?? newcomers.get(name)) as Standing
          const at = batch.ats[index] ?? 0
          rows.push(standing.number, at, pack(batch.values, 1, index * metrics))
          const step = floorTo(at, minutes.stepMs)
          if (standing.pending.has(step)) continue
          waiting.set(standing, (waiting.get(standing) ?? new Set()).add(step))
        }
        await insert(transaction, 'telemetry_raw (terminal, at, packed)', 3, rows)
        const pending = [...waiting].flatMap(([{ number }, steps]) =>
          [...steps].flatMap((at) => [number, at]),
        )
        await insert(transaction, 'telemetry_pending (terminal, at)', 2, pending)
      },
      () => {
        for (const [name, standing] of newcomers) this.#standings.set(name, standing)
        for (const [standing, steps] of waiting) for (const step of steps) standing.pending.add(step)
      },
    )
  }

  /** The newest values of each terminal, as far as its newest samples tell them. */
  async newest(): Promise<ReadonlyMap<string, Readings>> {
    const newest = new Newest()
    for (const [terminal, { number }] of this.#standings) {
      await this.#inTurn(async (transaction) => {
        const sql = `select at, packed from telemetry_raw where terminal = ? order by at desc limit ${newestSamples}`
        for (const [at, packed] of await transaction.rows(sql, [number]))
          newest.takePacked(terminal, at as number, packed as Uint8Array)
      })
      await breathe()
    }
    return newest.all()
  }

  /** The past of one metric. Metrics that are asked for the same terminal and time while that waits are read at once. */
  async series({ terminal, metric, ...span }: SeriesQuery, now: number): Promise<PackedPoints> {
    const standing = this.#standings.get(terminal)
    if (!standing) return new Float64Array()
    const key = [terminal, span.from, span.until, span.step].join(' ')
    let question = this.#questions.get(key)
    if (!question) {
      const metrics = new Set<MetricName>()
      const begun = () => this.#questions.delete(key)
      question = { metrics, answer: this.#read(standing, metrics, span, now, begun).finally(begun) }
      this.#questions.set(key, question)
    }
    question.metrics.add(metric)
    return (await question.answer).get(metric) ?? new Float64Array()
  }

  /** Sums up every step that is over and forgets what is too old, one terminal after another. */
  async tend(now: number): Promise<void> {
    for (const standing of this.#standings.values()) {
      while ((await this.#sumUp(standing, now, 'over')) > 0) await breathe()
      let { thinnedUntil } = standing
      await this.#inTurn(
        async (transaction) => {
          // A sample of long ago may have come in meanwhile: it is summed up before it can be forgotten.
          if ([...standing.pending].some((step) => isOver(step, now))) return
          thinnedUntil = await thin(transaction, standing, now)
        },
        () => {
          standing.thinnedUntil = thinnedUntil
        },
      )
      await breathe()
    }
  }

  /** Resolves when everything that was begun is over and the tables are closed. */
  async close(): Promise<void> {
    await this.#turns.take('tables', () => this.#tables.close())
  }

  /** What is pending is summed up before summaries are read, so that the newest is never missing. */
  async #read(
    standing: Standing,
    metrics: ReadonlySet<MetricName>,
    span: Span,
    now: number,
    begun: () => void,
  ): Promise<Series> {
    // Nothing is read before the question stands where others find it.
    await breathe()
    if (tierFor(span, now) !== raw) while ((await this.#sumUp(standing, now, 'all')) > 0) await breathe()
    let series: Series = new Map()
    await this.#inTurn(async (transaction) => {
      begun()
      series = await readSeries(transaction, standing.number, metrics, span, now)
    })
    return series
  }

  /**
   * Sums up pending steps, some at a time, and says how many it left. A step stays pending while it lasts; it is summed
   * up as far as it went for whoever asks for `all`.
   */
  async #sumUp(standing: Standing, now: number, which: 'over' | 'all'): Promise<number> {
    let left = 0
    let done: number[] = []
    await this.#inTurn(
      async (transaction) => {
        const over = [...standing.pending].filter((step) => isOver(step, now)).sort((a, b) => a - b)
        const lasting = which === 'all' ? [...standing.pending].filter((step) => !isOver(step, now)) : []
        const chosen = [...over, ...lasting].slice(0, stepsAtOnce)
        left = over.length + lasting.length - chosen.length
        done = over.slice(0, stepsAtOnce)
        await rollUp(transaction, standing, chosen)
        const sql = 'delete from telemetry_pending where terminal = ? and at = ?'
        for (const step of done) await transaction.run(sql, [standing.number, step])
      },
      () => {
        for (const step of done) standing.pending.delete(step)
      },
    )
    return left
  }

  /** Numbers for the terminals of a batch that have none yet. */
  async #meet(
    transaction: Transaction,
    { terminals }: Batch,
    newcomers: Map<string, Standing>,
  ): Promise<void> {
    for (const name of terminals) {
      if (this.#standings.has(name) || newcomers.has(name)) continue
      const number = this.#standings.size + newcomers.size + 1
      const sql = 'insert into telemetry_terminals (number, name, thinned_until) values (?, ?, 0)'
      await transaction.run(sql, [number, name])
      newcomers.set(name, { number, thinnedUntil: 0, pending: new Set() })
    }
  }

  /** Does something in a transaction of its own; `kept` is called once that was kept. */
  #inTurn(act: (transaction: Transaction) => Promise<void>, kept = () => {}): Promise<void> {
    return this.#turns.take('tables', async () => {
      await this.#tables.transaction(act)
      kept()
    })
  }
}

const insert = async (
  transaction: Transaction,
  into: string,
  columns: number,
  values: readonly Value[],
): Promise<void> => {
  for (let next = 0; next < values.length; next += rowsAtOnce * columns) {
    const some = values.slice(next, next + rowsAtOnce * columns)
    const sql = `insert into ${into} values ${holes(columns, some.length / columns)} on conflict do nothing`
    await transaction.run(sql, some)
  }
}
