import { join } from 'node:path'
import { createIdentityStore } from '../agent/identity/store.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Api } from '../fleet/web/api.ts'
import type { Village } from './villages.ts'

/** What a terminal is given at the depot: whom to trust, and a claim for the machine of this serial number. */
export interface DepotBundle {
  /** The fleet's roots, PEM. */
  readonly ca: string
  readonly serial: string
  /** The one-time code; missing where the terminal has joined already. */
  readonly code?: string
}

/** Prepares a terminal whose folder this is as the depot does: it will be accepted at once. */
export const prepareTerminal = async (
  { fleet, api }: { readonly fleet: Fleet; readonly api: Api },
  { id: device, name: village }: Village,
  folder: string,
): Promise<DepotBundle> => {
  const { ca } = (await (await api.send('GET', '/door')).json()) as { readonly ca: string }
  const serial = `SIM-${device}`
  const { enrolled } = createIdentityStore(join(folder, 'data', 'identity'), () => {}).load()
  if (enrolled) return { ca, serial }
  const { code } = await fleet.createClaim({ device, village, serial, depot: true })
  return { ca, serial, code }
}
