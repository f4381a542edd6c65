import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** The pages of the people's door as they are delivered, in a folder of their own. */
export const buildPages = async (): Promise<{ readonly folder: string; remove(): Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-pages-'))
  const vite = resolve('node_modules/vite/bin/vite.js')
  const args = ['build', 'fleet/web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, [vite, ...args])
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
