import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

const keptMs = 30 * 24 * 3_600_000
const prefix = 'artefacts.damaged-'

/** Where files lie that are in no index any more: for a technician to see to, not for ever, since people are on them. */
export interface Aside {
  /** Moves a file there. */
  put(path: string): Promise<void>
  /** Wipes what was put there more than 30 days ago. */
  forget(): Promise<void>
}

/** Below `folder`, those of each start by themselves. */
export const createAside = (folder: string, now: () => number): Aside => {
  const own = join(folder, `${prefix}${now()}`)
  return {
    async put(path) {
      await mkdir(own, { recursive: true, mode: 0o700 })
      await rename(path, join(own, basename(path)))
    },
    async forget() {
      for (const name of await readdir(folder)) {
        if (!name.startsWith(prefix) || Number(name.slice(prefix.length)) > now() - keptMs) continue
        await rm(join(folder, name), { recursive: true, force: true })
      }
    },
  }
}
