import type { RefObject } from 'preact'
import { useLayoutEffect, useState } from 'preact/hooks'

/** The inner size of an element, followed as it changes. */
export const useRoom = (element: RefObject<HTMLElement | null>): { width: number; height: number } => {
  const [room, setRoom] = useState({ width: 600, height: 500 })
  useLayoutEffect(() => {
    const seen = element.current
    if (seen === null) return undefined
    const measure = (): void => setRoom({ width: seen.clientWidth - 32, height: seen.clientHeight - 32 })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(seen)
    return () => observer.disconnect()
  }, [element])
  return room
}
