import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lutimes, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * A binary package (deb-control(5)). It has no conffiles: at an upgrade that nobody watches dpkg stops halfway at an
 * edited one whose shipped text changed, and the old program goes on with the new files.
 */
export interface Package {
  readonly name: string
  readonly version: string
  readonly architecture: 'amd64' | 'arm64'
  readonly depends: readonly string[]
  readonly recommends?: readonly string[]
  readonly summary: string
  /** The long description, one line each. */
  readonly description: readonly string[]
  /** Maintainer scripts by their names: `postinst`, `prerm`, `postrm`. */
  readonly scripts: Readonly<Record<string, string>>
}

/** How the members are packed: `xz` to send, `none` to test quickly. */
export type Compression = 'xz' | 'none'

const filesOf = async (root: string): Promise<readonly string[]> =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()

const control = (contents: Package, kilobytes: number): string =>
  [
    `Package: ${contents.name}`,
    `Version: ${contents.version}`,
    `Architecture: ${contents.architecture}`,
    'Maintainer: Avyl <avyl@localhost>',
    `Installed-Size: ${kilobytes}`,
    `Depends: ${contents.depends.join(', ')}`,
    ...(contents.recommends ? [`Recommends: ${contents.recommends.join(', ')}`] : []),
    'Section: misc',
    'Priority: optional',
    `Description: ${contents.summary}`,
    ...contents.description.map((line) => ` ${line}`),
    '',
  ].join('\n')

/** Folders and programs 0755, files 0644, whatever the umask was. */
const settle = async (root: string, time: number): Promise<void> => {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) {
      const { mode } = await stat(path)
      await chmod(path, entry.isDirectory() || mode & 0o100 ? 0o755 : 0o644)
    }
    await lutimes(path, time, time)
  }
  await lutimes(root, time, time)
}

/** Packs the files below `tree`; gives the path of the `.deb`. The same tree and time give the same bytes. */
export const writePackage = async (
  contents: Package,
  to: {
    readonly tree: string
    readonly out: string
    /** Seconds since 1970. */
    readonly time: number
    readonly compression: Compression
  },
): Promise<string> => {
  const { tree, out, time, compression } = to
  const files = await filesOf(tree)
  const sums: string[] = []
  let bytes = 0
  for (const file of files) {
    const data = await readFile(join(tree, file))
    bytes += data.length
    sums.push(`${createHash('md5').update(data).digest('hex')}  ${file}\n`)
  }
  const debian = join(tree, 'DEBIAN')
  await mkdir(debian)
  await writeFile(join(debian, 'control'), control(contents, Math.ceil(bytes / 1024)))
  await writeFile(join(debian, 'md5sums'), sums.join(''))
  for (const [name, script] of Object.entries(contents.scripts)) {
    await writeFile(join(debian, name), script, { mode: 0o755 })
  }
  await settle(tree, time)
  const file = join(out, `${contents.name}_${contents.version}_${contents.architecture}.deb`)
  await run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', tree, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time) },
  })
  return file
}
