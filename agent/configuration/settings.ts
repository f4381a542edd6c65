import type { Logger } from 'pino'
import { canonical } from '../../protocol/canonical.ts'
import { type Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import type { SettingFault } from '../../protocol/configuration-check.ts'

type Section = keyof Configuration
type Apply<V> = ((value: V) => void) | ((value: V) => Promise<string | undefined>)

/** A part of the agent cannot take a setting; `path` is a JSON pointer below its section. */
export class SettingRefused extends Error {
  override readonly name = 'SettingRefused'
  readonly path: string

  constructor(path: string, text: string, options: { cause?: unknown } = {}) {
    super(text, options)
    this.path = path
  }
}

/** What the agent runs by, as its parts see it. */
export interface Settings {
  /** What holds now: that of the fleet, or the default one. Never changed, only replaced. */
  current(): Configuration
  /**
   * Calls back with a section when it changes, and at once where it is not the default one. `apply` takes effect before
   * it returns, or gives a promise of what lasts, which resolves to why that was in vain, if it was, and never rejects.
   * It may throw `SettingRefused`, and is called with an earlier value again when another part refuses.
   */
  on<S extends Section>(section: S, apply: Apply<Configuration[S]>): void
}

/** The settings of one agent, for the part that changes them. */
export interface ChangingSettings extends Settings {
  /** Makes the whole document hold, or changes nothing and tells what was refused. */
  apply(next: Configuration): SettingFault[]
  /** Makes a document hold that held before: a part that refuses it now has to do without. */
  restore(earlier: Configuration): void
  /** What came so far of what lasts with the document that holds. */
  lasting(): Lasting
}

/** Whether every part is done with what it began, and what of it was in vain. */
export interface Lasting {
  readonly isOver: boolean
  readonly faults: readonly SettingFault[]
}

interface Part {
  readonly section: Section
  readonly apply: Apply<never>
}

/** What parts have begun by one document: under way, or in vain. */
type Begun = Map<Section, SettingFault | 'under way'>

/** Whether two values of a section say the same. */
export const isSame = (one: unknown, other: unknown) =>
  one === undefined || other === undefined ? one === other : canonical(one) === canonical(other)

/** Settings that begin with the default ones; parts begin with these by themselves and are told of others only. */
export const createSettings = (logger: Logger): ChangingSettings => {
  const parts: Part[] = []
  let lasting: Begun = new Map()
  let current: Configuration = defaultConfiguration

  const give = ({ section, apply }: Part, configuration: Configuration, begun = lasting) => {
    const working = (apply as (value: unknown) => unknown)(configuration[section])
    if (!(working instanceof Promise)) return
    begun.set(section, 'under way')
    void working.then((text?: string) => {
      if (text === undefined) begun.delete(section)
      else begun.set(section, { path: `/${section}`, text })
    })
  }

  const faultOf = ({ section }: Part, thrown: unknown): SettingFault => {
    if (thrown instanceof SettingRefused) return { path: `/${section}${thrown.path}`, text: thrown.message }
    logger.error({ error: thrown, section }, 'a part met an unexpected fault with its settings')
    return { path: `/${section}`, text: 'could not be applied' }
  }
  const changedBy = (next: Configuration) =>
    parts.filter(({ section }) => !isSame(current[section], next[section]))
  const giveBack = (given: readonly Part[]) => {
    for (const part of given.toReversed()) {
      try {
        give(part, current)
      } catch (error) {
        logger.error({ error, section: part.section }, 'a part does not take its earlier settings back')
      }
    }
  }
  return {
    current: () => current,
    on(section, apply) {
      const part: Part = { section, apply }
      parts.push(part)
      if (isSame(current[section], defaultConfiguration[section])) return
      try {
        give(part, current)
      } catch (thrown) {
        faultOf(part, thrown)
      }
    },
    apply(next) {
      const given: Part[] = []
      const faults: SettingFault[] = []
      const begun: Begun = new Map()
      for (const part of changedBy(next)) {
        given.push(part)
        try {
          give(part, next, begun)
        } catch (thrown) {
          faults.push(faultOf(part, thrown))
        }
      }
      if (faults.length > 0) {
        giveBack(given)
        return faults
      }
      current = next
      lasting = begun
      return []
    },
    restore(earlier) {
      const changed = changedBy(earlier)
      current = earlier
      lasting = new Map()
      giveBack(changed)
    },
    lasting() {
      const all = [...lasting.values()]
      const faults = all.filter((one) => one !== 'under way')
      return { isOver: faults.length === all.length, faults }
    },
  }
}
