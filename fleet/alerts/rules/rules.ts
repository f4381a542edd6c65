import type { AlertRule } from '../../api/incident-schemas.ts'
import type { Clock } from '../../clock.ts'
import { ProblemError } from '../../problem.ts'
import type { Database } from '../../store/database.ts'
import { Turns } from '../../turns.ts'
import { builtInRules } from './built-in.ts'

/** A rule that holds, and whose it is; the release's own has version 0 until somebody changes it. */
export interface KeptRule {
  readonly rule: AlertRule
  readonly origin: 'release' | 'fleet'
  readonly version: number
}

export interface RulesParts {
  readonly database: Database
  readonly clock: Pick<Clock, 'now'>
  readonly builtIn?: readonly AlertRule[]
}

const maxRules = 200

const check = (rule: AlertRule): void => {
  const { when } = rule
  if ('state' in when && when.state.length === 0) throw new ProblemError('invalid', 'No state is named')
  if ('metric' in when && when.above === undefined && when.below === undefined) {
    throw new ProblemError('invalid', 'A rule about a metric says above or below what')
  }
  if ('district' in rule && 'event' in when) {
    throw new ProblemError('invalid', 'Events are not gathered by district')
  }
  for (const text of [...Object.values(rule.title), ...Object.values(rule.runbook)]) {
    if (text.length > 4000) throw new ProblemError('invalid', 'A text is too long')
    if (text.trim() === '') throw new ProblemError('invalid', 'A text is missing')
  }
}

/**
 * The alert rules: those of the release, and those that people changed or added. Every version stays, and a rule of
 * the release can be had back.
 */
export class Rules {
  readonly #parts: RulesParts
  readonly #turns = new Turns()
  readonly #builtIn: ReadonlyMap<string, AlertRule>
  readonly #onlookers = new Set<(id: string) => void>()
  #kept = new Map<string, KeptRule>()
  #versions = new Map<string, number>()

  constructor(parts: RulesParts) {
    this.#parts = parts
    this.#builtIn = new Map((parts.builtIn ?? builtInRules).map((rule) => [rule.id, rule]))
  }

  async start(): Promise<void> {
    const rows = await this.#parts.database.selectFrom('alert_rules').selectAll().orderBy('version').execute()
    for (const [id, rule] of this.#builtIn) this.#kept.set(id, { rule, origin: 'release', version: 0 })
    for (const { id, version, content } of rows) {
      this.#versions.set(id, version)
      this.#hold(id, version, content === null ? undefined : (JSON.parse(content) as AlertRule))
    }
  }

  /** Every rule that holds, by id. */
  list(): KeptRule[] {
    return [...this.#kept.values()].sort((one, other) => (one.rule.id < other.rule.id ? -1 : 1))
  }

  get(id: string): KeptRule | undefined {
    return this.#kept.get(id)
  }

  /** Adds a rule or changes one. Throws `ProblemError`: `invalid`, or `conflict` when `base` is not its version. */
  put(rule: AlertRule, actor: string, base?: number): Promise<KeptRule> {
    return this.#turns.take('rules', async () => {
      check(rule)
      const known = this.#kept.get(rule.id)
      if (base !== undefined && base !== (known?.version ?? 0)) {
        throw new ProblemError('conflict', `The rule is at version ${known?.version ?? 0}, not ${base}`)
      }
      if (!known && this.#kept.size >= maxRules)
        throw new ProblemError('conflict', 'There are too many rules')
      await this.#write(rule.id, rule, actor)
      return this.#kept.get(rule.id) as KeptRule
    })
  }

  /** Takes away what people made of a rule: that of the release holds again, where there is one. Throws `not-found`. */
  remove(id: string, actor: string): Promise<void> {
    return this.#turns.take('rules', async () => {
      if (this.#kept.get(id)?.origin !== 'fleet') {
        throw new ProblemError('not-found', 'Nobody changed or added such a rule; disable it instead')
      }
      await this.#write(id, undefined, actor)
    })
  }

  /** Calls back with the id of each rule that changed, until the returned function is called. */
  watch(onlooker: (id: string) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  async #write(id: string, rule: AlertRule | undefined, actor: string): Promise<void> {
    const version = (this.#versions.get(id) ?? 0) + 1
    const content = rule === undefined ? null : JSON.stringify(rule)
    await this.#parts.database
      .insertInto('alert_rules')
      .values({ id, version, content, actor, changed_at: this.#parts.clock.now() })
      .execute()
    this.#versions.set(id, version)
    this.#hold(id, version, rule)
    for (const onlooker of this.#onlookers) onlooker(id)
  }

  #hold(id: string, version: number, rule: AlertRule | undefined): void {
    const release = this.#builtIn.get(id)
    if (rule) this.#kept.set(id, { rule, origin: 'fleet', version })
    else if (release) this.#kept.set(id, { rule: release, origin: 'release', version })
    else this.#kept.delete(id)
  }
}
