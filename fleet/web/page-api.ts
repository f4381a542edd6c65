import { type Api, createApi } from './api.ts'

/** What is asked so long after the last touch was asked by the page itself, in milliseconds. */
const touchLastsMs = 60_000
const touches = ['pointerdown', 'pointermove', 'keydown', 'wheel']

/**
 * The API for a page: what it asks while nobody touches it does not keep an idle session alive. `isWatched` tells whether
 * it shows now what is there to be looked at alone.
 */
export const createPageApi = (isWatched: () => boolean = () => false): Api => {
  let touchedAt = Date.now()
  const touch = (): void => {
    touchedAt = Date.now()
  }
  for (const name of touches) window.addEventListener(name, touch, { capture: true, passive: true })
  return createApi({ isBackground: () => Date.now() - touchedAt >= touchLastsMs && !isWatched() })
}
