import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { agentPackage } from './agent.ts'
import { type Compression, writePackage } from './deb.ts'
import { fleetPackage } from './fleet.ts'
import { commitTime } from './source.ts'

/*
 * Builds the Debian packages: `node provisioning/package/build.ts [agent] [fleet] [--out folder] [--compression xz]`.
 * The bundle and the pages have to be there. Same sources, same bytes: SOURCE_DATE_EPOCH, or the time of the newest
 * commit, is the time of every file (https://reproducible-builds.org/specs/source-date-epoch/).
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'build' },
    compression: { type: 'string', default: 'xz' },
  },
})
const packages = { agent: agentPackage, fleet: fleetPackage }
const wanted = positionals.length > 0 ? positionals : Object.keys(packages)
const out = resolve(values.out)
const time = await commitTime()
await mkdir(out, { recursive: true })
for (const name of wanted) {
  if (!Object.hasOwn(packages, name)) throw new Error(`There is no package ${name}`)
  const tree = join(out, `${name}.tree`)
  await rm(tree, { recursive: true, force: true })
  const contents = await packages[name as keyof typeof packages](tree, time)
  const file = await writePackage(contents, {
    tree,
    out,
    time,
    compression: values.compression as Compression,
  })
  await rm(tree, { recursive: true, force: true })
  process.stdout.write(`${file}\n`)
}
