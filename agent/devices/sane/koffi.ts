import { createRequire } from 'node:module'
import type Koffi from 'koffi'

const require = createRequire(import.meta.url)

/** koffi's native module as it is published for this machine: the package around it takes 10 ms to find it. */
const load = (): typeof Koffi => {
  try {
    return require(`@koromix/koffi-${process.platform}-${process.arch}`)
  } catch {
    // It was built on the machine, which only the package knows.
    return require('koffi')
  }
}

/** Calls to C. */
export const koffi = load()
