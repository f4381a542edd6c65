import { once } from 'node:events'
import { createServer } from 'node:net'
import type { FleetConfig } from './config.ts'
import { type Place, placesOf } from './doors.ts'
import { StartRefused } from './start-refused.ts'

/** Why a place cannot be opened and what moves it, by Node's code of the error. */
const refusals: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: (place) =>
    `Port ${place.port} of ${place.host} is in use by another program. ${otherPort(place)}`,
  EACCES: (place) => `Port ${place.port} of ${place.host} is not for this user. ${otherPort(place)}`,
  EADDRNOTAVAIL: ({ host, settings }) =>
    `${host} is no address of this machine. ${settings.host} sets another one.`,
}

const otherPort = ({ settings }: Place): string => `${settings.port} sets another one; 0 takes a free one.`

/** A port of the fleet's could not be opened. The message says which one, why, and which setting moves it. */
export class PortClosed extends StartRefused {
  override readonly name = 'PortClosed'
}

/** Waits until a place is open. Throws `PortClosed` where the system refuses it. */
export const opened = async (listening: Promise<unknown>, place: Place): Promise<void> => {
  try {
    await listening
  } catch (cause) {
    const refusal = refusals[(cause as NodeJS.ErrnoException).code ?? '']
    if (refusal === undefined) throw cause
    throw new PortClosed(refusal(place), { cause })
  }
}

/**
 * Opens the ports of a fleet for a moment. Throws `PortClosed` before anything of another one that runs on the same
 * folder is touched.
 */
export const tryPorts = async (config: FleetConfig): Promise<void> => {
  const { people, terminals } = placesOf(config)
  for (const place of [people, terminals]) {
    const server = createServer()
    const { host, port } = place
    await opened(once(server.listen({ host, port }), 'listening'), place)
    server.close()
    await once(server, 'close')
  }
}
