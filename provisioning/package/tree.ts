import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sources } from './source.ts'

/** Files of a package, laid out below one folder as they will lie below `/`. */
export interface Tree {
  /** A file of the sources; plain unless it is told to be a program. */
  file(path: string, source: string, kind?: 'program'): Promise<void>
  /** A folder of the sources. */
  folder(path: string, source: string, keep?: (path: string) => boolean): Promise<void>
  /** A text. */
  text(path: string, text: string, kind?: 'program'): Promise<void>
}

/** A tree that begins empty. */
export const openTree = (root: string): Tree => {
  const place = async (path: string) => {
    const target = join(root, path)
    await mkdir(dirname(target), { recursive: true })
    return target
  }
  const finish = (target: string, kind?: 'program') => chmod(target, kind === 'program' ? 0o755 : 0o644)
  return {
    async file(path, source, kind) {
      const target = await place(path)
      await copyFile(join(sources, source), target)
      await finish(target, kind)
    },
    async folder(path, source, keep = () => true) {
      await cp(join(sources, source), await place(path), {
        recursive: true,
        dereference: true,
        filter: (from) => keep(from.slice(join(sources, source).length)),
      })
    },
    async text(path, text, kind) {
      const target = await place(path)
      await writeFile(target, text)
      await finish(target, kind)
    },
  }
}
