/** Lets others have the event loop once work has held it for some milliseconds; call it often. */
export const createPause = (longestMs = 5): (() => Promise<void>) => {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < longestMs) return
    await new Promise<void>((resolve) => setImmediate(resolve))
    since = performance.now()
  }
}
