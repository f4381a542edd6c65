import { once } from 'node:events'
import { createServer } from 'node:net'
import { type FleetConfig, settingNames } from './config.ts'
import { StartRefused } from './start-refused.ts'

/** Why a port cannot be opened, by Node's code of the error. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'is not for this user',
  EADDRNOTAVAIL: 'is no address of this machine',
}

/** A port of the fleet's could not be opened. The message says which one, why, and which setting moves it. */
export class PortClosed extends StartRefused {
  override readonly name = 'PortClosed'
}

/** Waits until a port is open. Throws `PortClosed` where the system refuses it; `setting` is what moves it. */
export const opened = async (
  listening: Promise<unknown>,
  { host, port, setting }: { readonly host: string; readonly port: number; readonly setting: string },
): Promise<void> => {
  try {
    await listening
  } catch (cause) {
    const reason = reasons[(cause as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw cause
    throw new PortClosed(
      `Port ${port} of ${host} ${reason}. ${setting} sets another one; 0 takes a free one.`,
      {
        cause,
      },
    )
  }
}

/**
 * Opens the ports of a fleet for a moment. Throws `PortClosed` before anything of another one that runs on the same
 * folder is touched.
 */
export const tryPorts = async (config: FleetConfig): Promise<void> => {
  const { host } = config
  for (const name of ['httpPort', 'mqttPort'] as const) {
    const server = createServer()
    const at = { host, port: config[name] }
    await opened(once(server.listen(at), 'listening'), { ...at, setting: settingNames[name] })
    server.close()
    await once(server, 'close')
  }
}
