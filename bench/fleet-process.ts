import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fleetLaunch } from '../provisioning/launch.ts'

/** Starts a program of this folder as the fleet is started. */
export const forkFleet = (name: string): ChildProcess =>
  fork(new URL(name, import.meta.url), {
    execArgv: [...fleetLaunch.nodeArguments],
    env: { ...process.env, ...fleetLaunch.environment },
  })

/** Gives an order to such a process and waits for its answer. */
export const orderOf =
  <Order extends object>() =>
  async <T = undefined>(fleet: ChildProcess, given: Order): Promise<T> => {
    const answered = once(fleet, 'message')
    fleet.send(given)
    const [{ answer, error }] = (await answered) as [{ answer: T; error?: string }]
    if (error !== undefined) throw new Error(error)
    return answer
  }
