import { mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, stop } from 'esbuild'
import { bundleAgent } from '../../../agent/bundle.ts'

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
  for (const name of ['node_modules', 'firmware-profiles'])
    await symlink(join(root, name), join(folder, name))
  await bundleAgent(join(folder, 'agent'))
  await build({
    entryPoints: { fleet: join(root, 'fleet/main.ts'), worker: join(root, 'fleet/telemetry/worker.ts') },
    outdir: join(folder, 'fleet'),
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    external: ['sharp', 'koffi', '@node-rs/argon2'],
    logLevel: 'error',
  })
  await stop()
  // The thread of the vitals is named by its source.
  await symlink(join(folder, 'fleet/worker.js'), join(folder, 'fleet/worker.ts'))
  return { fleet: join(folder, 'fleet/fleet.js'), agent: join(folder, 'agent/agent.js') }
}
