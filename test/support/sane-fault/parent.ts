import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { startSession } from '../../../agent/devices/sane/session.ts'
import { buildFaultBackend, faultDevice } from './build.ts'

// A process that holds a device, tells the id of its child, and waits to be killed.
const fault = process.argv[2] ?? 'ok'
const session = startSession({ ...(await buildFaultBackend()), timeouts: { call: 60_000, stall: 60_000 } })
await session.devices()
const child = Number((await readFile(`/proc/self/task/${process.pid}/children`, 'latin1')).trim())
const opened = session.open(faultDevice(fault))
if (fault === 'hang-read') {
  await opened
  const { bytes } = await session.start()
  const read = async (): Promise<void> => {
    for await (const _ of bytes);
  }
  void read()
  await delay(200)
} else if (fault === 'hang-open') await delay(200)
else await opened
process.send?.(child)
await opened
setInterval(() => undefined, 60_000)
