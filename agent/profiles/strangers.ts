import type { Sighting } from './sighting.ts'
import type { Places, Surroundings } from './surroundings.ts'

const hostOf = (url: string): string => new URL(url).hostname

const answersOf = ({ escl, ipp }: Surroundings) => [
  ...escl.map(({ url, over, makeAndModel }) => ({ host: hostOf(url), over, makeAndModel })),
  ...ipp.map(({ uri, over, makeAndModel }) => ({ host: hostOf(uri), over, makeAndModel })),
]

/** The names under which the chosen devices answer; none where they are reached in another way. */
export const modelsOf = ({ choice: { scanner, printer }, there }: Sighting): readonly string[] => {
  const used = [scanner.url, printer.uri].filter((url) => url !== undefined).map(hostOf)
  const names = answersOf(there).filter(({ host }) => used.includes(host))
  return [...new Set(names.map(({ makeAndModel }) => makeAndModel))].sort()
}

/**
 * What is there without devices that were found on the shop's network and are of other models than those that were in
 * use: they may be somebody else's, and pages of the village must not come out there only because its own printer is
 * slower to come up after a power cut. What was named by address, or hangs at this machine, is nobody else's.
 */
export const withoutStrangers = (
  there: Surroundings,
  models: readonly string[],
  { host: named, scannerUrl, printerUri }: Partial<Places>,
): Surroundings => {
  const own = new Set(
    answersOf(there)
      .filter(({ over, makeAndModel }) => over !== 'network' || models.includes(makeAndModel))
      .map(({ host }) => host),
  )
  if (named !== undefined) own.add(named)
  for (const url of [scannerUrl, printerUri]) if (url !== undefined) own.add(hostOf(url))
  const strangers = new Set(there.announced.map(({ host }) => host).filter((host) => !own.has(host)))
  return {
    ...there,
    escl: there.escl.filter(({ url }) => !strangers.has(hostOf(url))),
    ipp: there.ipp.filter(({ uri }) => !strangers.has(hostOf(uri))),
    announced: there.announced.filter(({ host }) => !strangers.has(host)),
  }
}
