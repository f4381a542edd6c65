import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fleetLaunch } from '../provisioning/launch.ts'

/** Starts a program of this folder as the fleet is started. */
export const forkFleet = (name: string): ChildProcess =>
  fork(new URL(name, import.meta.url), {
    execArgv: [...fleetLaunch.nodeArguments],
    env: { ...process.env, ...fleetLaunch.environment },
  })

/** Gives an order to such a process and waits for its answer. Rejects when it fails, or ends before it answers. */
export const orderOf =
  <Order extends object>() =>
  async <T = undefined>(fleet: ChildProcess, given: Order): Promise<T> => {
    const over = new AbortController()
    const answered = once(fleet, 'message', over)
    const ended = once(fleet, 'exit', over).then(([code, signal]) => {
      throw new Error(`The process ended with ${code ?? signal} before it answered`)
    })
    try {
      fleet.send(given)
      const [{ answer, error }] = (await Promise.race([answered, ended])) as [{ answer: T; error?: string }]
      if (error !== undefined) throw new Error(error)
      return answer
    } finally {
      over.abort()
    }
  }

/** Ends a process that was started here, if it is there still. */
export const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Does each order of the process that forked this one, tells it what came of it, and ends with it. */
export const obey = <Order extends { readonly act: string }>(
  acts: {
    readonly [Act in Order['act']]: (order: Extract<Order, { readonly act: Act }>) => Promise<unknown>
  },
): void => {
  process.on('message', (order: Order) => {
    const act = acts[order.act as Order['act']] as (order: Order) => Promise<unknown>
    act(order).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ error: String(error) }),
    )
  })
  process.once('disconnect', () => process.exit())
}
