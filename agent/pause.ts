/**
 * Resolves when there is news, when so many milliseconds are over, or when the signal aborts, whatever is first; never
 * rejects. An abort would make an error with its stack for each pause that ends early: most do.
 */
export const pause = (news: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, milliseconds)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
    void news.then(over)
  })
