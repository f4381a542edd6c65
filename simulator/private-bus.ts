import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type SimulatorChild, startChild } from './child.ts'

const configuration = (socket: string): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`

/**
 * A D-Bus of our own in `folder`: `ippeveprinter` does not start without one, though it then announces nothing.
 * Resolves to the value of `DBUS_SYSTEM_BUS_ADDRESS` once it answers.
 */
export const startPrivateBus = async (
  folder: string,
): Promise<{ address: string; child: SimulatorChild }> => {
  const file = join(folder, 'bus.conf')
  await writeFile(file, configuration(join(folder, 'bus')))
  const child = startChild(
    'dbus-daemon',
    [`--config-file=${file}`, '--nofork', '--nopidfile', '--print-address=1'],
    { cwd: folder, env: { PATH: process.env.PATH ?? '' }, stdout: 'pipe' },
  )
  const lines = createInterface(child.process.stdout as Readable)
  const address = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    child.process.once('error', reject)
    child.process.once('exit', () => reject(new Error('dbus-daemon ended at once')))
  })
  return { address, child }
}
