import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Launch } from '../launch.ts'
import { modulesOf, sources } from './source.ts'
import type { Tree } from './tree.ts'

const run = promisify(execFile)

/** The architecture that is packed: that of this machine, for native modules come with it. */
export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Lays Node itself into a package, without the tables of its symbols. */
export const addNode = async (tree: Tree, root: string, folder: string): Promise<void> => {
  const binary = `node_modules/node-linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}/bin/node`
  await tree.file(`${folder}/node`, binary, 'program')
  await run('strip', ['--strip-unneeded', join(root, folder, 'node')])
}

/** What of an npm package serves people who work on it, and no program that runs. */
const unused =
  /^\/(test|tests|__tests__|docs?|examples?|\.github|benchmarks?)(\/|$)|^\/musl_x64(\/|$)|\.(map|md|markdown|d\.[cm]?ts|flow|c|cc|h|hh|inc|gyp)$/i

/** What a bundle leaves outside: native modules and what they load. */
const native = /^node_modules\/(sharp|@img\/.*|detect-libc|semver|koffi|@koromix\/.*|@node-rs\/argon2.*)$/

/** Lays the native modules of a workspace into a package; their licences go along. */
export const addNative = async (tree: Tree, folder: string, workspace: 'agent' | 'fleet'): Promise<void> => {
  const modules = (await modulesOf(workspace)).filter((module) => native.test(module))
  const inner = new Set(modules)
  for (const module of modules) {
    // A package inside another one is laid when its own turn comes, or not at all.
    await tree.folder(
      `${folder}/${module}`,
      module,
      (path) => !path.startsWith('/node_modules') && !unused.test(path),
    )
  }
  if (inner.size !== modules.length) throw new Error('A module is named twice')
}

/** A systemd unit with the way its program is started filled in. */
export const unitOf = async (path: string, launch: Launch): Promise<string> =>
  (await readFile(join(sources, path), 'utf8'))
    .replace('@NODE_ARGUMENTS@', launch.nodeArguments.join(' '))
    .replace(
      '@ENVIRONMENT@',
      Object.entries(launch.environment)
        .map(([name, value]) => `Environment=${name}=${value}`)
        .join('\n'),
    )

/** Debian packages of one set of `packages.sh`. */
export const debianSet = async (name: string): Promise<readonly string[]> => {
  const script = await readFile(join(sources, 'provisioning/packages.sh'), 'utf8')
  const [, words] = new RegExp(`^${name}='([^']*)'`, 'm').exec(script) ?? []
  if (words === undefined) throw new Error(`packages.sh has no set ${name}`)
  return words.trim().split(/\s+/)
}

/**
 * Maintainer scripts of a package whose one unit runs as a user of its own (deb-systemd-helper(1p)). `settings` are
 * laid out for the operator where there are none; what is `left` behind goes with a purge.
 */
export const unitScripts = (
  unit: string,
  {
    settings,
    left,
  }: {
    readonly settings?: { readonly from: string; readonly to: string }
    readonly left: readonly string[]
  },
) => ({
  postinst: `#!/bin/sh
set -e
if [ "$1" = configure ]; then${
    settings ? `\n  [ -e ${settings.to} ] || install -D -m 0644 ${settings.from} ${settings.to}` : ''
  }
  systemd-sysusers ${unit}.conf
  [ ! -e /usr/lib/tmpfiles.d/${unit}.conf ] || systemd-tmpfiles --create ${unit}.conf || true
  deb-systemd-helper unmask ${unit}.service >/dev/null || true
  deb-systemd-helper enable ${unit}.service >/dev/null || true
  deb-systemd-helper update-state ${unit}.service >/dev/null || true
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    udevadm control --reload 2>/dev/null || true
    udevadm trigger --subsystem-match=usb 2>/dev/null || true
    deb-systemd-invoke restart ${unit}.service >/dev/null || true
  fi
fi
`,
  prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${unit}.service >/dev/null || true
fi
`,
  postrm: `#!/bin/sh
set -e
if [ "$1" = remove ]; then
  deb-systemd-helper mask ${unit}.service >/dev/null 2>&1 || true
fi
# What a terminal is and has not yet delivered stays until somebody asks to wipe it.
if [ "$1" = purge ]; then
  deb-systemd-helper purge ${unit}.service >/dev/null 2>&1 || true
  deb-systemd-helper unmask ${unit}.service >/dev/null 2>&1 || true
  rm -rf ${left.join(' ')}
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
`,
})
