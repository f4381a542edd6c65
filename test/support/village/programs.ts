import { mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, stop } from 'esbuild'

/** The programs that are killed again and again, as files that Node can run. */
export interface Programs {
  readonly fleet: string
  readonly agent: string
}

const root = resolve(import.meta.dirname, '../../..')

/** CommonJS parts of a bundle still find Node's and native modules. */
const banner = [
  "import { createRequire as createRequireOfBundle } from 'node:module'",
  'const require = createRequireOfBundle(import.meta.url)',
].join('\n')

/** Bundles fleet and agent into `folder`: from their sources each of 150 starts would take twice the time. */
export const bundlePrograms = async (folder: string): Promise<Programs> => {
  await mkdir(folder, { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    entryPoints: {
      fleet: join(root, 'fleet/main.ts'),
      agent: join(root, 'agent/main.ts'),
      'sane-child': join(root, 'agent/devices/sane/child.ts'),
      'page-worker': join(root, 'documents/worker.ts'),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    // As in the terminal's own bundle: a CommonJS module that is loaded on demand would lose its named exports.
    alias: { 'tus-js-client': 'tus-js-client/lib.esm/node/index.js' },
    external: ['sharp', 'koffi', '@node-rs/argon2'],
    logLevel: 'error',
  })
  await stop()
  return { fleet: join(folder, 'fleet.js'), agent: join(folder, 'agent.js') }
}
