import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { licencesOf } from './licences.ts'

/** Modules in a bundle still find native ones by `require`. */
const banner = [
  "import { createRequire as createRequireOfBundle } from 'node:module'",
  'const require = createRequireOfBundle(import.meta.url)',
].join('\n')

/** Parts of libraries that our programs never come to: browsers' timers, WebSockets, proxies, log workers. */
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
 * Bundles programs into a folder, each a file there, and in `chunks/` what they share or load only when it is needed.
 * It takes far less memory than the sources: no types to strip, no unused code. What lies there already goes: chunks
 * are named by their content and would stay. `external` names the packages that stay in node_modules, `licences.txt`
 * tells the licences of the others.
 */
export const bundle = async (
  folder: string,
  { alias, ...programs }: Pick<BuildOptions, 'entryPoints' | 'external' | 'define' | 'alias'>,
): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  const { metafile } = await build({
    ...programs,
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    legalComments: 'linked',
    banner: { js: banner },
    alias: { 'readable-stream': 'node:stream', ...alias },
    plugins: [lean],
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
  })
  await writeFile(join(folder, 'licences.txt'), await licencesOf(Object.keys(metafile.inputs)))
}
