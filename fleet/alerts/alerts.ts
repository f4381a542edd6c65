import type { Logger } from 'pino'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { AlertRule, IncidentAct } from '../api/incident-schemas.ts'
import type { Terminal } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { Turns } from '../turns.ts'
import type { Villages } from '../villages/village.ts'
import { Courses, isLasting } from './courses.ts'
import { type Circumstances, isExcused } from './excuses.ts'
import { Happenings } from './happenings.ts'
import { act, forgotten } from './incidents/acts.ts'
import { type IncidentChange, raise, settle } from './incidents/grouping.ts'
import { type Affected, type IncidentRecord, lasts } from './incidents/incident.ts'
import { IncidentBook } from './incidents/incident-book.ts'
import type { IncidentQuery } from './incidents/incident-store.ts'
import { errandOf, errandOfChange } from './notice.ts'
import type { Outbox } from './outbox.ts'
import { judgeMetric, judgeTerminal } from './rules/judge.ts'
import type { Rules } from './rules/rules.ts'
import { Signs } from './signs.ts'
import { fleetPart, fleetSubject, isFleet, partName, type Watched, watchedOf } from './watched.ts'

export interface AlertsParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  readonly rules: Rules
  readonly outbox: Outbox
  /** Called when letters may be waiting. */
  readonly posted: () => void
  readonly terminals: Pick<Terminals, 'list' | 'get' | 'watch'>
  readonly villages: Pick<Villages, 'districtOf'>
  readonly telemetry: Pick<Telemetry, 'latest' | 'watch'>
  readonly circumstances: Circumstances
}

/** How often time alone changes something, in milliseconds. */
const tickMs = 2000

/** A terminal that makes up names of parts fills no store. */
const mostParts = 20

type News = {
  readonly bad?: boolean | undefined
  readonly happened?: boolean
  readonly detail?: string
  readonly since?: number
}

/**
 * What needs a person. Signs come in, rules say what they mean, incidents come of it.
 *
 * INVARIANTS: an incident, what is told of it, and how far the signs were read are written together or not at all, so
 * that a restart tells nothing twice and forgets nothing.
 */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #courses: Courses
  readonly #happenings: Happenings
  readonly #book: IncidentBook
  readonly #turns = new Turns()
  readonly #conditions = new Map<string, string>()
  readonly #signs = new Signs(() => this.#inTurn(() => this.#signs.judge(() => this.#save(), this.#failed)))
  #happened = false
  #startedAt = 0
  #stops: (() => void)[] = []

  constructor(parts: AlertsParts) {
    this.#parts = parts
    this.#courses = new Courses(parts.database)
    this.#happenings = new Happenings(parts.database, parts.clock)
    this.#book = new IncidentBook(parts.database, parts.outbox, parts.posted)
  }

  async start(): Promise<void> {
    const { clock, rules, terminals, telemetry } = this.#parts
    this.#startedAt = clock.now()
    await this.#courses.start()
    await this.#happenings.start()
    await this.#book.start(clock.now())
    for (const { rule } of rules.list()) this.#conditions.set(rule.id, JSON.stringify(rule.when))
    this.#stops = [
      terminals.watch((terminal) => this.#signs.add(() => this.#look(terminal))),
      telemetry.watch((terminal) => this.#signs.add(() => this.#measure(terminal), terminal)),
      rules.watch((id) => this.#inTurn(() => this.#ruleChanged(id))),
      clock.every(tickMs, () => this.#inTurn(() => this.#tick())),
      clock.every(3_600_000, () => this.#inTurn(() => this.#forget())),
    ]
    await this.#turns.take('alerts', async () => {
      for (const { rule, subject } of this.#courses.all()) if (!this.#rule(rule)) this.#end(rule, subject)
      this.#lookAll()
      await this.#readEvents()
      await this.#save()
    })
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.#turns.idle()
  }

  /** Calls back with every incident that is new or changed, until the returned function is called. */
  watch(onlooker: (incident: IncidentRecord) => void): () => void {
    return this.#book.watch(onlooker)
  }

  /** Incidents that touch a range, the newest first. */
  list(query: IncidentQuery): Promise<IncidentRecord[]> {
    return this.#book.list(query)
  }

  /** Those that are not resolved. */
  unresolved(): IncidentRecord[] {
    return this.#book.unresolved()
  }

  /** One incident. Throws `not-found`. */
  get(id: string): Promise<IncidentRecord> {
    return this.#book.get(id)
  }

  /** What a person does about an incident; `actor` is the id that is written down. Throws `ProblemError`. */
  act(id: string, wish: IncidentAct, actor: string): Promise<IncidentRecord> {
    return this.#turns.take('alerts', async () => {
      const incident = act(await this.#book.now(id), wish, actor, this.#parts.clock.now())
      this.#keep({ incident, what: wish.act === 'resolve' ? 'merged' : 'moved' })
      await this.#save()
      return incident
    })
  }

  /** Takes in how a part of the fleet itself is; `name` is what rules call it. */
  condition(name: string, part: string, bad: boolean, detail?: string): void {
    this.#inTurn(() => {
      for (const rule of this.#about(name)) {
        this.#see(rule, fleetSubject(part), { bad, ...(detail === undefined ? {} : { detail }) })
      }
    })
  }

  /** The parts of the fleet itself of which something is remembered under this name, over restarts too. */
  remembered(name: string): string[] {
    const rules = new Set(this.#about(name).map(({ id }) => id))
    return this.#courses.all().flatMap(({ rule, subject }) => (rules.has(rule) ? fleetPart(subject) : []))
  }

  /** Resolves when all that has come in so far is judged and kept. */
  idle(): Promise<void> {
    return this.#turns.idle()
  }

  #inTurn(work: () => void | Promise<void>): void {
    this.#turns
      .take('alerts', async () => {
        await work()
        await this.#save()
      })
      .catch(this.#failed)
  }

  readonly #failed = (error: unknown): void =>
    this.#parts.log.error({ err: error }, 'alerts could not be kept')

  #rule(id: string): AlertRule | undefined {
    const rule = this.#parts.rules.get(id)?.rule
    return rule?.enabled ? rule : undefined
  }

  #enabled(): AlertRule[] {
    return this.#parts.rules.list().flatMap(({ rule }) => (rule.enabled ? [rule] : []))
  }

  #about(event: string): AlertRule[] {
    return this.#enabled().filter(({ when }) => 'event' in when && when.event === event)
  }

  #lookAll(): void {
    for (const terminal of this.#parts.terminals.list()) {
      this.#look(terminal)
      this.#measure(terminal.id)
    }
  }

  #look(terminal: Terminal): void {
    for (const rule of this.#enabled()) {
      const judged = judgeTerminal(rule.when, terminal)
      if (!judged) continue
      const since = 'state' in rule.when ? Math.max(terminal.since, this.#startedAt) : undefined
      this.#see(rule, terminal.id, { ...judged, ...(since === undefined ? {} : { since }) })
    }
  }

  #measure(terminal: string): void {
    const latest = this.#parts.telemetry.latest(terminal)
    for (const rule of this.#enabled()) {
      if (!('metric' in rule.when)) continue
      const before = this.#courses.get(rule.id, terminal)?.bad ?? false
      this.#see(rule, terminal, judgeMetric(rule.when, latest[rule.when.metric]?.value, before))
    }
  }

  async #readEvents(): Promise<void> {
    for (const { terminal, part, name, detail, bad } of await this.#happenings.next()) {
      this.#happened = true
      for (const rule of this.#about(name)) {
        const news = isLasting(rule, terminal) ? { bad } : { happened: true }
        const told = { ...news, ...(detail === undefined ? {} : { detail }) }
        if (part === undefined) this.#see(rule, terminal, told)
        else this.#seePart(rule, terminal, part, told)
      }
    }
  }

  #seePart(rule: AlertRule, terminal: string, part: string, news: News): void {
    // Fleets before kept one course for all parts of a terminal: the first word of any of them ends it.
    this.#see(rule, terminal, { bad: false })
    const name = partName(terminal, part)
    if (!this.#courses.get(rule.id, name) && this.#courses.partsOf(rule.id, terminal) >= mostParts) return
    this.#see(rule, name, news)
  }

  /** One step of a rule with what it watches under this name; nothing is remembered of what was well all along. */
  #see(rule: AlertRule, name: string, news: News): void {
    const before = this.#courses.get(rule.id, name)
    if (!before && news.bad !== true && !news.happened) return
    const now = this.#parts.clock.now()
    const changes = news.happened === true || (news.bad !== undefined && news.bad !== (before?.bad ?? false))
    const matters = changes || (before?.bad === true && !before.raised)
    const watched = watchedOf(name)
    const { subject } = watched
    const excused = matters && !isFleet(subject) && isExcused(rule, subject, now, this.#parts.circumstances)
    const { mark, course } = this.#courses.step(rule, name, { ...news, now, excused })
    if (mark === undefined) return
    if (mark === 'clear') {
      this.#apply(settle(this.#book.all(), { rule: rule.id, watched, now }))
      return
    }
    const { flapping, detail, since } = course
    const told = { flapping, ...(detail === undefined ? {} : { detail }) }
    const affected = this.#affected(watched, since)
    this.#apply(raise(this.#book.all(), { rule, affected, now, ...told, newId: () => uuidv7(now) }))
  }

  #affected(watched: Watched, since: number): Affected {
    const village = this.#parts.terminals.get(watched.subject)?.village ?? ''
    return { ...watched, village, district: village && this.#parts.villages.districtOf(village), since }
  }

  #apply(changes: readonly IncidentChange[]): void {
    for (const change of changes) this.#keep(change)
  }

  #keep(change: IncidentChange): void {
    const { incident } = change
    const rule = this.#parts.rules.get(incident.rule)?.rule
    this.#book.keep(incident, errandOfChange(change, rule, this.#parts.clock.now()))
  }

  async #tick(): Promise<void> {
    await this.#readEvents()
    for (const { rule: id, subject } of this.#courses.all()) {
      const rule = this.#rule(id)
      if (rule) this.#see(rule, subject, {})
    }
    const now = this.#parts.clock.now()
    for (const incident of this.#book.all()) {
      this.#remind(incident, now)
      if (!forgotten(incident, now)) continue
      this.#keep({ incident: { ...incident, state: 'resolved', resolvedAt: now }, what: 'merged' })
    }
  }

  /** Nobody is reminded of what somebody has taken, nor while the shop is closed that it is about. */
  #remind(incident: IncidentRecord, now: number): void {
    const rule = this.#rule(incident.rule)
    if (!rule || rule.remindSeconds === 0 || incident.state !== 'open' || !lasts(incident)) return
    if (now - (incident.remindedAt ?? incident.openedAt) < rule.remindSeconds * 1000) return
    const terminals = incident.affected.filter(({ subject, back }) => back === undefined && !isFleet(subject))
    const { circumstances } = this.#parts
    if (
      terminals.length > 0 &&
      terminals.every(({ subject }) => isExcused(rule, subject, now, circumstances))
    )
      return
    const reminded = { ...incident, remindedAt: now }
    this.#book.keep(reminded, errandOf(reminded, 'reminder', rule, now))
  }

  /** A rule that is no more, or is about something else now, has no incidents. */
  #ruleChanged(id: string): void {
    const rule = this.#rule(id)
    const condition = rule && JSON.stringify(rule.when)
    if (this.#conditions.get(id) !== condition) {
      for (const { rule: one, subject } of this.#courses.all()) if (one === id) this.#end(id, subject)
      this.#courses.drop(id)
    }
    if (condition === undefined) this.#conditions.delete(id)
    else this.#conditions.set(id, condition)
    this.#lookAll()
  }

  #end(rule: string, name: string): void {
    const watched = watchedOf(name)
    const changes = settle(this.#book.all(), { rule, watched, now: this.#parts.clock.now() })
    this.#apply(changes.map(({ incident }) => ({ incident, what: 'merged' })))
    this.#courses.drop(rule)
  }

  async #forget(): Promise<void> {
    await this.#book.forget(this.#parts.clock.now())
    await this.#parts.outbox.forget()
  }

  /** Writes what changed, all together; what could not be written is written with the next. */
  async #save(): Promise<void> {
    if (!this.#book.isDirty && !this.#courses.isDirty && !this.#happened) return
    const taken = this.#book.take()
    let undo = () => {}
    try {
      await this.#parts.database.transaction().execute(async (transaction) => {
        undo = await this.#courses.save(transaction)
        await taken.write(transaction)
        if (this.#happened) await this.#happenings.save(transaction)
      })
    } catch (error) {
      undo()
      taken.putBack()
      throw error
    }
    this.#happened = false
    taken.announce()
  }
}
