import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type RowWindow, windowOf } from './windowed.ts'

/** Follows which rows of equal height are in sight of a scrolled box. */
export const useWindow = (
  box: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): RowWindow => {
  const [{ top, height }, setSight] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const seen = box.current
    if (seen === null) return undefined
    const look = (): void =>
      setSight((before) => {
        // A scroll within one row changes nothing.
        const now = { top: Math.floor(seen.scrollTop / rowHeight) * rowHeight, height: seen.clientHeight }
        return now.top === before.top && now.height === before.height ? before : now
      })
    look()
    seen.addEventListener('scroll', look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(seen)
    return () => {
      seen.removeEventListener('scroll', look)
      observer.disconnect()
    }
  }, [box, rowHeight])
  return windowOf(top, height, rowHeight, count)
}
