import { version } from '../../agent/version.ts'
import { fleetLaunch } from '../launch.ts'
import type { Package } from './deb.ts'
import { addModules, addNode, architecture, unitOf, unitScripts } from './parts.ts'
import { modulesOf } from './source.ts'
import { openTree } from './tree.ts'

const folder = 'usr/lib/avyl-fleet'
const state = '/var/lib/avyl-fleet'

/** The folders of the sources that a fleet manager runs. */
const parts = ['fleet', 'protocol', 'documents', 'vault', 'firmware-profiles', 'provisioning']

/** What only builds or tests is left out; pages are packed as they were built. */
const unused = /^fleet\/web\/(?!dist\/).*\.(tsx|css|html)$|^provisioning\/package/

/** Lays out what runs in Kazan: the sources as they stand, their modules, Node, the unit. */
export const fleetPackage = async (root: string): Promise<Package> => {
  const tree = openTree(root)
  const own = 'provisioning/package/fleet'
  await addNode(tree, root, folder)
  for (const part of parts) {
    await tree.folder(`${folder}/${part}`, part, (path) => !unused.test(`${part}${path}`))
  }
  await addModules(tree, folder, await modulesOf('fleet'))
  await tree.text(`${folder}/package.json`, '{"type":"module"}\n')
  await tree.text('usr/bin/avyl', avyl, 'program')
  await tree.text(
    'lib/systemd/system/avyl-fleet.service',
    await unitOf(`${own}/avyl-fleet.service`, fleetLaunch),
  )
  await tree.file('usr/lib/sysusers.d/avyl-fleet.conf', `${own}/avyl-fleet.sysusers`)
  await tree.file('etc/avyl/fleet.env', `${own}/fleet.env`)
  await tree.file('usr/share/doc/avyl-fleet/copyright', 'LICENSE')
  await tree.file('usr/share/doc/avyl-fleet/README.md', 'README.md')
  return {
    name: 'avyl-fleet',
    version,
    architecture,
    depends: [
      'libc6',
      'libstdc++6',
      'libgcc-s1',
      'systemd',
      'init-system-helpers',
      'poppler-utils',
      'qpdf',
      'fonts-dejavu-core',
      'util-linux',
    ],
    recommends: ['tesseract-ocr', 'tesseract-ocr-script-cyrl'],
    summary: 'fleet manager for village service points',
    description: [
      'The city side of Avyl: broker, registry, commands and pages for the experts and',
      'operators of a fleet of service points.',
    ],
    configurationFiles: ['/etc/avyl/fleet.env'],
    scripts: unitScripts('avyl-fleet', state),
  }
}

/** The command line, run by the Node that came along. */
const avyl = `#!/bin/sh
exec /usr/lib/avyl-fleet/node /usr/lib/avyl-fleet/fleet/cli/main.ts "$@"
`
