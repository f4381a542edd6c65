import { copyFile, cp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonical } from '../protocol/canonical.ts'
import { editionOf, readProfileFiles } from '../provisioning/built-in-profiles.ts'
import { bundle } from '../provisioning/bundle.ts'

/*
 * What a terminal runs: the agent and its children beside it; native modules stay in node_modules, the firmware
 * profiles are a file of data.
 */

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * Bundles the agent into a folder. `builtAt`, in seconds since 1970, is a time that no clock of a terminal can be
 * behind.
 */
export const bundleAgent = async (folder: string, builtAt = 0): Promise<void> => {
  await bundle(folder, {
    entryPoints: {
      agent: path('main.ts'),
      'sane-child': path('devices/sane/child.ts'),
      'page-worker': path('../documents/worker.ts'),
      'sheet-child': path('setup/sheet/child.ts'),
      'avyl-setup': path('setup/shell/main.ts'),
    },
    external: ['sharp', 'koffi'],
    define: { 'process.env.AVYL_BUILT_AT': JSON.stringify(String(builtAt)) },
    // Its ES modules: a CommonJS module that is loaded on demand would lose its named exports.
    alias: { 'tus-js-client': 'tus-js-client/lib.esm/node/index.js' },
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
