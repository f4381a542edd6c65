import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity, IdentityState } from '../../agent/identity/identity.ts'
import { createIdentityStore } from '../../agent/identity/store.ts'
import { createTerminalIdentity, type IdentityParts } from '../../agent/identity/terminal-identity.ts'
import { createBackoff } from '../../agent/link/backoff.ts'
import { createClock } from '../../agent/link/clock.ts'
import { scratch, silent } from './agent-parts.ts'
import type { PretendDoor } from './pretend-door.ts'

const root = scratch()

/** The claim that this door takes. */
export const claimOf = ({ code, address, pki }: PretendDoor) => ({
  code,
  fleet: address,
  ca: pki.root.certificate,
})

/** An identity in a folder of its own, in a hurry; `again` takes up what another one left there. */
export const makeIdentity = (
  changes: Partial<IdentityParts> = {},
  folder = join(mkdtempSync(join(root, 'terminal-')), 'identity'),
) => {
  const damages: string[] = []
  const identity = createTerminalIdentity({
    store: createIdentityStore(folder, () => damages.push('damaged')),
    clock: createClock(),
    serial: 'PC-1',
    renews: true,
    backoff: (patience) => createBackoff({ base: 1, cap: 5 * patience, random: () => 0.5 }),
    random: () => 0,
    logger: silent,
    ...changes,
  })
  return {
    identity,
    folder,
    damages,
    again: (more: Partial<IdentityParts> = {}) => makeIdentity({ ...changes, ...more }, folder),
  }
}

/** Resolves with the first state that is called so. */
export const stateOf = async (identity: Identity, is: IdentityState['is']): Promise<IdentityState> => {
  const over = new AbortController()
  for await (const state of identity.changes(over.signal)) if (state.is === is) return state
  throw new Error('The states ended')
}
