import { copyFile, cp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { canonical } from '../protocol/canonical.ts'
import { editionOf, readProfileFiles } from '../provisioning/built-in-profiles.ts'

/*
 * What a terminal runs: the agent, its children beside it, and in `chunks/` what is only loaded when it is needed;
 * native modules stay in node_modules, the firmware profiles are a file of data. It takes far less memory than the sources: no types to strip, no unused code.
 */

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Modules in a bundle still find native ones by `require`. */
const banner = [
  "import { createRequire as createRequireOfBundle } from 'node:module'",
  'const require = createRequireOfBundle(import.meta.url)',
].join('\n')

/** Parts of libraries that an agent never comes to: browsers' timers, WebSockets, proxies, log workers. */
const unused = /^(ws|socks|worker-timers|thread-stream)$/

/**
 * Leaves out what is unused. An import of `node:http` would read all its exports, among them those that load Node's
 * whole web client (4 MB): only what is asked for is read.
 */
const lean: Plugin = {
  name: 'lean',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }))
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'node:http', namespace: 'on-demand' }))
    onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/**
 * Bundles the agent into a folder. What lies there already goes: chunks are named by their content and would stay.
 * `builtAt`, in seconds since 1970, is a time that no clock of a terminal can be behind.
 */
export const bundleAgent = async (folder: string, builtAt = 0): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await build({
    entryPoints: {
      agent: path('main.ts'),
      'sane-child': path('devices/sane/child.ts'),
      'page-worker': path('../documents/worker.ts'),
      'sheet-child': path('setup/sheet/child.ts'),
      'avyl-setup': path('setup/shell/main.ts'),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    legalComments: 'linked',
    banner: { js: banner },
    external: ['sharp', 'koffi'],
    define: { 'process.env.AVYL_BUILT_AT': JSON.stringify(String(builtAt)) },
    alias: {
      'readable-stream': 'node:stream',
      // Its ES modules: a CommonJS module that is loaded on demand would lose its named exports.
      'tus-js-client': 'tus-js-client/lib.esm/node/index.js',
    },
    plugins: [lean],
    chunkNames: 'chunks/[name]-[hash]',
  })
  // The technician's page is built with the other pages.
  await cp(path('../fleet/web/field/dist'), join(folder, 'field'), { recursive: true })
  // The reader of QR codes is told where its WebAssembly is; it would fetch it from elsewhere.
  await copyFile(
    createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'),
    join(folder, 'zxing_reader.wasm'),
  )
  await writeFile(join(folder, 'firmware-profiles.json'), canonical(editionOf(await readProfileFiles())))
}

if (import.meta.main) await bundleAgent(path('dist'))
