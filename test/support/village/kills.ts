import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedTerminal } from '../../../simulator/terminal.ts'
import { seeded } from '../agent-parts.ts'
import type { FleetProcess } from './fleet-process.ts'
import type { Witness } from './witness.ts'

/** How often whose plug was pulled. */
export interface Kills {
  readonly agents: number
  readonly fleet: number
}

export interface KillParts {
  readonly seed: number
  readonly agentKills: number
  readonly fleetKills: number
  readonly fleet: FleetProcess
  readonly terminals: readonly SimulatedTerminal[]
  readonly witness: Pick<Witness, 'running'>
}

/** Kills agents and fleet at moments by chance, as often as planned, both spread over the same time. */
export const pullAll = async (parts: KillParts): Promise<Kills> => {
  const { seed, agentKills, fleetKills, fleet, terminals, witness } = parts
  const random = seeded(seed)
  const kills = { agents: 0, fleet: 0 }
  let fleetKilled = Promise.withResolvers<void>()
  const agentsAreAhead = () => kills.agents * fleetKills > (kills.fleet + 1) * agentKills

  const killAgent = async ({ id, agent }: SimulatedTerminal): Promise<void> => {
    while (kills.agents < agentKills) {
      while (agentsAreAhead()) await fleetKilled.promise
      // Some time into a command, or some time after its own start.
      if (random() < 0.6) await witness.running(id)
      await delay(random() * 900)
      if (agent.pid === undefined || kills.agents >= agentKills) continue
      kills.agents += 1
      await agent.kill()
    }
  }
  const killFleet = async (): Promise<void> => {
    while (kills.fleet < fleetKills) {
      // Some time after both doors are open, or while it starts.
      if (random() < 0.8) await fleet.up()
      await delay(random() * 1200)
      kills.fleet += 1
      fleetKilled.resolve()
      fleetKilled = Promise.withResolvers()
      await fleet.kill()
    }
  }
  await Promise.all([...terminals.map(killAgent), killFleet()])
  return kills
}
