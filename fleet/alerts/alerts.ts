import type { Logger } from 'pino'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { AlertRule, IncidentAct } from '../api/incident-schemas.ts'
import type { Terminal } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
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
import { type Affected, type IncidentRecord, isFleet, lasts } from './incidents/incident.ts'
import { type IncidentQuery, IncidentStore } from './incidents/incident-store.ts'
import { type Errand, errandOf, errandOfChange } from './notice.ts'
import type { Outbox } from './outbox.ts'
import { judgeMetric, judgeTerminal } from './rules/judge.ts'
import type { Rules } from './rules/rules.ts'
import { Signs } from './signs.ts'

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
/** What ended by itself may come back for so long, in milliseconds. */
const returnMs = 86_400_000

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
 * that a restart tells nothing twice and forgets nothing; nobody hears of what is not written.
 */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #courses: Courses
  readonly #happenings: Happenings
  readonly #store: IncidentStore
  readonly #turns = new Turns()
  readonly #onlookers = new Set<(incident: IncidentRecord) => void>()
  readonly #incidents = new Map<string, IncidentRecord>()
  readonly #conditions = new Map<string, string>()
  readonly #signs = new Signs(() => this.#inTurn(() => this.#signs.judge(() => this.#save(), this.#failed)))
  #dirty = new Set<string>()
  #errands: Errand[] = []
  #happened = false
  #startedAt = 0
  #stops: (() => void)[] = []

  constructor(parts: AlertsParts) {
    this.#parts = parts
    this.#courses = new Courses(parts.database)
    this.#happenings = new Happenings(parts.database, parts.clock)
    this.#store = new IncidentStore(parts.database)
  }

  async start(): Promise<void> {
    const { clock, rules, terminals, telemetry } = this.#parts
    this.#startedAt = clock.now()
    await this.#courses.start()
    await this.#happenings.start()
    for (const incident of await this.#store.current(clock.now() - returnMs)) {
      this.#incidents.set(incident.id, incident)
    }
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
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** Incidents that touch a range, the newest first. */
  list(query: IncidentQuery): Promise<IncidentRecord[]> {
    return this.#store.list(query)
  }

  /** Those that are not resolved. */
  unresolved(): IncidentRecord[] {
    return [...this.#incidents.values()].filter(
      ({ state, mergedInto }) => state !== 'resolved' && mergedInto === undefined,
    )
  }

  /** One incident. Throws `not-found`. */
  async get(id: string): Promise<IncidentRecord> {
    const found = await this.#store.get(id)
    if (!found) throw new ProblemError('not-found', 'There is no such incident')
    return found
  }

  /** What a person does about an incident; `actor` is the id that is written down. Throws `ProblemError`. */
  act(id: string, wish: IncidentAct, actor: string): Promise<IncidentRecord> {
    return this.#turns.take('alerts', async () => {
      const stored = await this.get(id)
      const before = this.#incidents.get(stored.id) ?? stored
      const incident = act(before, wish, actor, this.#parts.clock.now())
      this.#keep({ incident, what: wish.act === 'resolve' ? 'merged' : 'moved' })
      await this.#save()
      return incident
    })
  }

  /** Takes in how a part of the fleet itself is; `name` is what rules call it. */
  condition(name: string, part: string, bad: boolean, detail?: string): void {
    this.#inTurn(() => {
      for (const rule of this.#about(name)) {
        this.#see(rule, `fleet:${part}`, { bad, ...(detail === undefined ? {} : { detail }) })
      }
    })
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
    for (const { terminal, name, detail, bad } of await this.#happenings.next()) {
      this.#happened = true
      for (const rule of this.#about(name)) {
        const news = isLasting(rule, terminal) ? { bad } : { happened: true }
        this.#see(rule, terminal, { ...news, ...(detail === undefined ? {} : { detail }) })
      }
    }
  }

  /** One step of a rule with what it watches; nothing is remembered of what was well all along. */
  #see(rule: AlertRule, subject: string, news: News): void {
    const before = this.#courses.get(rule.id, subject)
    if (!before && news.bad !== true && !news.happened) return
    const now = this.#parts.clock.now()
    const changes = news.happened === true || (news.bad !== undefined && news.bad !== (before?.bad ?? false))
    const matters = changes || (before?.bad === true && !before.raised)
    const excused = matters && !isFleet(subject) && isExcused(rule, subject, now, this.#parts.circumstances)
    const { mark, course } = this.#courses.step(rule, subject, { ...news, now, excused })
    if (mark === undefined) return
    if (mark === 'clear') {
      this.#apply(settle(this.#incidents.values(), { rule: rule.id, subject, now }))
      return
    }
    const { flapping, detail, since } = course
    const told = { flapping, ...(detail === undefined ? {} : { detail }) }
    const affected = this.#affected(subject, since)
    this.#apply(raise(this.#incidents.values(), { rule, affected, now, ...told, newId: () => uuidv7(now) }))
  }

  #affected(subject: string, since: number): Affected {
    const village = this.#parts.terminals.get(subject)?.village ?? ''
    return { subject, village, district: village && this.#parts.villages.districtOf(village), since }
  }

  #apply(changes: readonly IncidentChange[]): void {
    for (const change of changes) this.#keep(change)
  }

  #keep(change: IncidentChange): void {
    const { incident } = change
    this.#incidents.set(incident.id, incident)
    this.#dirty.add(incident.id)
    this.#tell(errandOfChange(change, this.#parts.rules.get(incident.rule)?.rule, this.#parts.clock.now()))
  }

  #tell(errand: Errand | undefined): void {
    if (errand) this.#errands.push(errand)
  }

  async #tick(): Promise<void> {
    await this.#readEvents()
    for (const { rule: id, subject } of this.#courses.all()) {
      const rule = this.#rule(id)
      if (rule) this.#see(rule, subject, {})
    }
    const now = this.#parts.clock.now()
    for (const incident of this.#incidents.values()) {
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
    this.#keep({ incident: reminded, what: 'moved' })
    this.#tell(errandOf(reminded, 'reminder', rule, now))
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

  #end(rule: string, subject: string): void {
    const changes = settle(this.#incidents.values(), { rule, subject, now: this.#parts.clock.now() })
    this.#apply(changes.map(({ incident }) => ({ incident, what: 'merged' })))
    this.#courses.drop(rule)
  }

  async #forget(): Promise<void> {
    const now = this.#parts.clock.now()
    for (const { id, resolvedAt = now } of this.#incidents.values()) {
      if (now - resolvedAt > returnMs && !this.#dirty.has(id)) this.#incidents.delete(id)
    }
    await this.#store.forget(now)
    await this.#parts.outbox.forget()
  }

  /** Writes what changed, all together; what could not be written is written with the next. */
  async #save(): Promise<void> {
    if (this.#dirty.size === 0 && this.#errands.length === 0 && !this.#courses.isDirty && !this.#happened)
      return
    const ids = this.#dirty
    const errands = this.#errands
    this.#dirty = new Set()
    this.#errands = []
    let undo = () => {}
    try {
      await this.#parts.database.transaction().execute(async (transaction) => {
        undo = await this.#courses.save(transaction)
        for (const id of ids) {
          const incident = this.#incidents.get(id)
          if (incident) await this.#store.save(transaction, incident)
        }
        for (const errand of errands) await this.#parts.outbox.add(transaction, errand)
        if (this.#happened) await this.#happenings.save(transaction)
      })
    } catch (error) {
      undo()
      this.#dirty = new Set([...ids, ...this.#dirty])
      this.#errands = [...errands, ...this.#errands]
      throw error
    }
    this.#happened = false
    if (errands.length > 0) this.#parts.posted()
    for (const id of ids) {
      const incident = this.#incidents.get(id)
      if (incident) for (const onlooker of this.#onlookers) onlooker(incident)
    }
  }
}
