import type { Configuration } from '../../protocol/configuration.ts'
import { isSame } from './settings.ts'

/** What of a terminal a configuration can break. */
export type AtRisk = 'devices' | 'line'

const sections: Readonly<Record<keyof Configuration, AtRisk | undefined>> = {
  openingHours: undefined,
  languages: undefined,
  scan: 'devices',
  print: 'devices',
  uplink: 'line',
  link: 'line',
  logLevel: undefined,
  features: 'devices',
  profiles: 'devices',
}

/** What going over from one configuration to another can break: what else fails meanwhile has other causes. */
export const risksOf = (before: Configuration, after: Configuration): ReadonlySet<AtRisk> => {
  const names = Object.keys(sections) as (keyof Configuration)[]
  const changed = names.filter((name) => !isSame(before[name], after[name]))
  return new Set(changed.flatMap((name) => sections[name] ?? []))
}
