import { join } from 'node:path'
import { version } from '../../agent/version.ts'
import { bundleFleet } from '../../fleet/bundle.ts'
import { fleetLaunch } from '../launch.ts'
import type { Package } from './deb.ts'
import { addNative, addNode, architecture, debianSet, unitOf, unitScripts } from './parts.ts'
import { openTree } from './tree.ts'

const folder = 'usr/lib/avyl-fleet'
const state = '/var/lib/avyl-fleet'
const settings = '/etc/avyl/fleet.env'

/** Lays out what runs in Kazan: the bundle, its Node, its native modules, its unit. */
export const fleetPackage = async (root: string): Promise<Package> => {
  const tree = openTree(root)
  const own = 'provisioning/package/fleet'
  await bundleFleet(join(root, folder))
  await addNode(tree, root, folder)
  await addNative(tree, folder, 'fleet')
  await tree.text(`${folder}/package.json`, '{"type":"module"}\n')
  await tree.text('usr/bin/avyl', avyl, 'program')
  await tree.text(
    'lib/systemd/system/avyl-fleet.service',
    await unitOf(`${own}/avyl-fleet.service`, fleetLaunch),
  )
  await tree.file('usr/lib/sysusers.d/avyl-fleet.conf', `${own}/avyl-fleet.sysusers`)
  await tree.file(`${folder}/fleet.env`, `${own}/fleet.env`)
  await tree.file('usr/share/doc/avyl-fleet/copyright', 'LICENSE')
  await tree.file('usr/share/doc/avyl-fleet/README.md', 'README.md')
  await tree.file('usr/share/doc/avyl-fleet/examples/grafana.json', 'provisioning/grafana/avyl.json')
  await tree.file('usr/share/doc/avyl-fleet/examples/villages.csv', 'provisioning/villages.csv')
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
      ...(await debianSet('fleet')),
    ],
    recommends: ['tesseract-ocr', 'tesseract-ocr-script-cyrl'],
    summary: 'fleet manager for village service points',
    description: [
      'The city side of Avyl: broker, registry, commands and pages for the experts and',
      'operators of a fleet of service points.',
    ],
    scripts: unitScripts('avyl-fleet', {
      settings: { from: `/${folder}/fleet.env`, to: settings },
      left: [state, settings],
    }),
  }
}

/** The command line, run by the Node that came along. */
const avyl = `#!/bin/sh
exec /usr/lib/avyl-fleet/node /usr/lib/avyl-fleet/avyl.js "$@"
`
