import type { AlertRule } from '../api/incident-schemas.ts'
import type { Database } from '../store/database.ts'
import { advance, type Course, calm, isCalm, type Mark, type Observation } from './rules/course.ts'
import { isFleet, partName } from './watched.ts'

interface Kept {
  readonly rule: string
  /** A subject, or the name of a terminal's part. */
  readonly subject: string
  readonly course: Course
}

const keyOf = (rule: string, subject: string): string => `${rule}\n${subject}`

/** Events that say of something whether it is well, rather than that it happened. */
const lasting = /^(selftest-failed|device-fault)$/

/** Whether a rule about this subject is about what lasts. */
export const isLasting = ({ when }: AlertRule, subject: string): boolean =>
  !('event' in when) || isFleet(subject) || lasting.test(when.event)

/** The courses of which something is to be remembered, in memory and in the store. */
export class Courses {
  readonly #database: Database
  #kept = new Map<string, Kept>()
  #dirty = new Set<string>()

  constructor(database: Database) {
    this.#database = database
  }

  async start(): Promise<void> {
    const rows = await this.#database.selectFrom('alert_courses').selectAll().execute()
    for (const { rule, subject, content } of rows) {
      this.#kept.set(keyOf(rule, subject), { rule, subject, course: JSON.parse(content) as Course })
    }
  }

  /** Every one of them, as it is now. */
  all(): readonly Kept[] {
    return [...this.#kept.values()]
  }

  get(rule: string, subject: string): Course | undefined {
    return this.#kept.get(keyOf(rule, subject))?.course
  }

  /** How many parts of a terminal a rule remembers. */
  partsOf(rule: string, terminal: string): number {
    const start = keyOf(rule, partName(terminal, ''))
    return [...this.#kept.keys()].filter((key) => key.startsWith(start)).length
  }

  /** Goes one step; gives what it means and how it stands. */
  step(
    rule: AlertRule,
    subject: string,
    seen: Observation,
  ): { readonly mark?: Mark; readonly course: Course } {
    const key = keyOf(rule.id, subject)
    const before = this.#kept.get(key)?.course
    const step = advance(before ?? calm(seen.now), rule, seen, isLasting(rule, subject))
    if (isCalm(step.course)) this.#kept.delete(key)
    else this.#kept.set(key, { rule: rule.id, subject, course: step.course })
    if (before && JSON.stringify(before) === JSON.stringify(step.course)) return step
    if (before || !isCalm(step.course)) this.#dirty.add(key)
    return step
  }

  /** Forgets all of a rule. */
  drop(rule: string): void {
    for (const [key, kept] of this.#kept) {
      if (kept.rule !== rule) continue
      this.#kept.delete(key)
      this.#dirty.add(key)
    }
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0
  }

  /** Writes what changed; the returned function is called when that was in vain. */
  async save(transaction: Database): Promise<() => void> {
    const dirty = this.#dirty
    this.#dirty = new Set()
    const undo = () => {
      this.#dirty = new Set([...dirty, ...this.#dirty])
    }
    try {
      for (const key of dirty) await this.#write(transaction, key)
    } catch (error) {
      undo()
      throw error
    }
    return undo
  }

  async #write(transaction: Database, key: string): Promise<void> {
    const kept = this.#kept.get(key)
    if (!kept) {
      const [rule = '', subject = ''] = key.split('\n')
      await transaction
        .deleteFrom('alert_courses')
        .where('rule', '=', rule)
        .where('subject', '=', subject)
        .execute()
      return
    }
    const { rule, subject } = kept
    const content = JSON.stringify(kept.course)
    await transaction
      .insertInto('alert_courses')
      .values({ rule, subject, content })
      .onConflict((conflict) => conflict.columns(['rule', 'subject']).doUpdateSet({ content }))
      .execute()
  }
}
