import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PresenceInterval } from '../../../fleet/api/health-schemas.ts'
import type { Terminal, TerminalState } from '../../../fleet/api/schemas.ts'
import { createFleet, type Fleet } from '../../../fleet/fleet.ts'
import { type Api, createApi, readJson } from '../../../fleet/web/api.ts'
import { openEvents } from '../../../simulator/live-events.ts'
import { scratch, silent } from '../agent-parts.ts'

/** A whole fleet, and what it says of each terminal the moment it says it. */
export interface WatchedFleet {
  readonly fleet: Fleet
  readonly api: Api
  readonly folder: string
  /** Resolves to when the fleet said that a terminal is in one of these states, on the monotonic clock. */
  until(terminal: string, ...states: readonly TerminalState[]): Promise<number>
  stateOf(terminal: string): TerminalState | undefined
  /** The newest interval of a terminal that is no plain presence. */
  lastTrouble(terminal: string): Promise<PresenceInterval | undefined>
  stop(): Promise<void>
}

interface Waiter {
  readonly terminal: string
  readonly states: readonly TerminalState[]
  readonly heard: (at: number) => void
}

/** Starts one; its clock is that of the machine. */
export const openWatchedFleet = async (): Promise<WatchedFleet> => {
  const folder = scratch()
  const fleet = createFleet(
    {
      ...{ host: '127.0.0.1', httpPort: 0, mqttPort: 0, dataFolder: join(folder, 'fleet') },
      ...{ synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
    },
    silent,
  )
  await fleet.start()
  const token = await fleet.createToken('test', 'admin')
  const api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
  const states = new Map<string, TerminalState>()
  let waiters: Waiter[] = []
  const leaving = new AbortController()
  const events = await openEvents(api, '/events', leaving.signal)
  const see = ({ id, state }: Pick<Terminal, 'id' | 'state'>) => {
    const now = performance.now()
    states.set(id, state)
    waiters = waiters.filter((waiter) => {
      const is = waiter.terminal === id && waiter.states.includes(state)
      if (is) waiter.heard(now)
      return !is
    })
  }
  const hearing = (async () => {
    for await (const { event, data } of events) if (event === 'terminal') see(data as Terminal)
  })().catch(() => undefined)
  return {
    ...{ fleet, api, folder },
    until: (terminal, ...wanted) =>
      new Promise((heard) => {
        const state = states.get(terminal)
        if (state !== undefined && wanted.includes(state)) heard(performance.now())
        else waiters.push({ terminal, states: wanted, heard })
      }),
    stateOf: (terminal) => states.get(terminal),
    async lastTrouble(terminal) {
      const all = await readJson<readonly PresenceInterval[]>(
        api.send('GET', `/terminals/${terminal}/presence`),
      )
      return all.findLast(({ reason }) => reason !== undefined)
    },
    async stop() {
      leaving.abort()
      await hearing
      await fleet.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
