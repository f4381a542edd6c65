import { join } from 'node:path'
import { bundleAgent } from '../../agent/bundle.ts'
import { version } from '../../agent/version.ts'
import { agentLaunch } from '../launch.ts'
import type { Package } from './deb.ts'
import { addNative, addNode, architecture, debianSet, unitOf, unitScripts } from './parts.ts'
import { openTree } from './tree.ts'

const folder = 'usr/lib/avyl-agent'
const state = '/var/lib/avyl-agent'
const ippUsbQuirks = '/etc/ipp-usb/quirks/avyl.conf'

/** A site's own settings, above the defaults; of no package (`Package`). */
const siteFile = '/etc/avyl/agent.json'

/** What an agent needs to know before it is claimed: where its things lie. */
const defaults = {
  dataFolder: state,
  rebootCommand: ['systemctl', 'reboot'],
  ippUsbQuirks,
}

/** Lays out what a terminal runs: the bundle, its Node, its native modules, its unit. */
export const agentPackage = async (root: string, time: number): Promise<Package> => {
  const tree = openTree(root)
  const own = 'provisioning/package/agent'
  await bundleAgent(join(root, folder), time)
  await addNode(tree, root, folder)
  await addNative(tree, folder, 'agent')
  await tree.text(`${folder}/package.json`, '{"type":"module"}\n')
  await tree.text('usr/bin/avyl-setup', setup, 'program')
  await tree.text(`${folder}/defaults.json`, `${JSON.stringify(defaults, null, 2)}\n`)
  await tree.text(
    'lib/systemd/system/avyl-agent.service',
    await unitOf(`${own}/avyl-agent.service`, agentLaunch),
  )
  await tree.file('usr/lib/sysusers.d/avyl-agent.conf', `${own}/avyl-agent.sysusers`)
  await tree.file('usr/lib/tmpfiles.d/avyl-agent.conf', `${own}/avyl-agent.tmpfiles`)
  await tree.file('lib/udev/rules.d/70-avyl-agent.rules', `${own}/70-avyl-agent.rules`)
  await tree.file(
    'usr/share/polkit-1/rules.d/50-avyl-agent-reboot.rules',
    `${own}/50-avyl-agent-reboot.rules`,
  )
  await tree.file('usr/share/doc/avyl-agent/copyright', 'LICENSE')
  await tree.file('usr/share/doc/avyl-agent/README.md', 'README.md')
  return {
    name: 'avyl-agent',
    version,
    architecture,
    depends: [
      'libc6',
      'libstdc++6',
      'libgcc-s1',
      'systemd',
      'init-system-helpers',
      'udev',
      ...(await debianSet('terminal')),
    ],
    recommends: ['polkitd', 'ipp-usb', 'sane-airscan', 'cups-filters'],
    summary: 'scanner, printer and camera of a village service point, by remote',
    description: [
      'The agent of an Avyl terminal: it offers the devices of a service point to the',
      'experts of its fleet, and keeps every page until the fleet has it.',
    ],
    scripts: unitScripts('avyl-agent', { left: [state, ippUsbQuirks, siteFile] }),
  }
}

/** The technician's steps on the shell, as the user whose files the agent's are. */
const setup = `#!/bin/sh
program='/usr/lib/avyl-agent/node /usr/lib/avyl-agent/avyl-setup.js'
[ "$(id -u)" -ne 0 ] || program="runuser -u avyl -- $program"
# shellcheck disable=SC2086 # words on purpose
exec $program "$@"
`
