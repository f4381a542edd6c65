import { useEffect, useState } from 'preact/hooks'
import { type Place, placeOf } from './place.ts'

/** The place that the address names, followed as it changes. */
export const usePlace = (): Place => {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = (): void => setHash(location.hash)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return placeOf(hash)
}
