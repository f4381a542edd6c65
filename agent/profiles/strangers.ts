import type { Marks } from '../marks.ts'
import type { Sighting } from './sighting.ts'
import type { Places, Surroundings } from './surroundings.ts'

const hostOf = (url: string): string => new URL(url).hostname

const answersOf = ({ escl, ipp }: Surroundings) => [
  ...escl.map(({ url, over, makeAndModel }) => ({ host: hostOf(url), over, makeAndModel })),
  ...ipp.map(({ uri, over, makeAndModel }) => ({ host: hostOf(uri), over, makeAndModel })),
]

/** Which models were in use, over restarts. */
export interface ModelsInUse {
  /** The names under which they answer, none where they are reached in another way; `undefined` before any was found. */
  known(): readonly string[] | undefined
  /** Takes note of what was chosen, where anything was found of what is sought. */
  remember(sighting: Sighting): void
}

const mark = 'profiles.models'

/** Keeps them with the marks. */
export const createModelsInUse = (
  marks: Marks,
  sought: { readonly scanner: boolean; readonly printer: boolean },
): ModelsInUse => ({
  known: () =>
    marks
      .get(mark)
      ?.split('\n')
      .filter((name) => name !== ''),
  remember({ choice: { scanner, printer }, there }) {
    const isFound = { scanner: scanner.driver !== 'auto', printer: printer.driver !== 'auto' }
    if (!(sought.scanner && isFound.scanner) && !(sought.printer && isFound.printer)) return
    const used = [scanner.url, printer.uri].filter((url) => url !== undefined).map(hostOf)
    const names = answersOf(there).flatMap(({ host, makeAndModel }) =>
      used.includes(host) ? makeAndModel : [],
    )
    const text = [...new Set(names)].sort().join('\n')
    if (text !== marks.get(mark)) marks.set(mark, text)
  },
})

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
