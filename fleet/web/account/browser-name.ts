const browsers = [
  ['YaBrowser', 'Yandex Browser'],
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const

const systems = [
  ['Android', 'Android'],
  ['iPhone|iPad', 'iOS'],
  ['Windows', 'Windows'],
  ['Mac OS', 'macOS'],
  ['Linux', 'Linux'],
] as const

const named = (agent: string, among: readonly (readonly [string, string])[]): string[] =>
  among
    .filter(([sign]) => new RegExp(sign).test(agent))
    .slice(0, 1)
    .map(([, name]) => name)

/** What people call the browser that calls itself so. */
export const browserName = (agent: string): string =>
  [...named(agent, browsers), ...named(agent, systems)].join(', ') || agent.slice(0, 40) || '?'
