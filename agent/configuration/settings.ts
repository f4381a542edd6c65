import type { Logger } from 'pino'
import { canonical } from '../../protocol/canonical.ts'
import { type Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import type { SettingFault } from '../../protocol/configuration-check.ts'

type Section = keyof Configuration

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
   * it returns (what lasts is begun and goes on behind it), may throw `SettingRefused`, and is called with an earlier
   * value again when another part refuses.
   */
  on<S extends Section>(section: S, apply: (value: Configuration[S]) => void): void
}

/** The settings of one agent, for the part that changes them. */
export interface ChangingSettings extends Settings {
  /** Makes the whole document hold, or changes nothing and tells what was refused. */
  apply(next: Configuration): SettingFault[]
  /** Makes a document hold that held before: a part that refuses it now has to do without. */
  restore(earlier: Configuration): void
}

interface Part {
  readonly section: Section
  readonly apply: (value: never) => void
}

const same = (one: unknown, other: unknown) =>
  one === undefined || other === undefined ? one === other : canonical(one) === canonical(other)

/** Settings that begin with the default ones; parts begin with these by themselves and are told of others only. */
export const createSettings = (logger: Logger): ChangingSettings => {
  const parts: Part[] = []
  let current: Configuration = defaultConfiguration

  const give = ({ section, apply }: Part, configuration: Configuration) =>
    (apply as (value: unknown) => void)(configuration[section])

  const faultOf = ({ section }: Part, thrown: unknown): SettingFault => {
    if (thrown instanceof SettingRefused) return { path: `/${section}${thrown.path}`, text: thrown.message }
    logger.error({ error: thrown, section }, 'a part met an unexpected fault with its settings')
    return { path: `/${section}`, text: 'could not be applied' }
  }
  const changedBy = (next: Configuration) =>
    parts.filter(({ section }) => !same(current[section], next[section]))
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
      if (same(current[section], defaultConfiguration[section])) return
      try {
        give(part, current)
      } catch (thrown) {
        faultOf(part, thrown)
      }
    },
    apply(next) {
      const given: Part[] = []
      const faults: SettingFault[] = []
      for (const part of changedBy(next)) {
        given.push(part)
        try {
          give(part, next)
        } catch (thrown) {
          faults.push(faultOf(part, thrown))
        }
      }
      if (faults.length > 0) {
        giveBack(given)
        return faults
      }
      current = next
      return []
    },
    restore(earlier) {
      const changed = changedBy(earlier)
      current = earlier
      giveBack(changed)
    },
  }
}
