import { Counter, Histogram, type Registry } from 'prom-client'
import { isCommandName } from '../../protocol/commands.ts'
import { isFinal } from '../../protocol/messages.ts'
import type { Command } from '../api/schemas.ts'

/** From a fake answer at once to fifty pages over a slow line, in seconds. */
const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 90, 180, 600]

/** A command that is over may be told again when a late word comes; so many of the last are remembered. */
const remembered = 1000

/** Counts commands by their ends; gives what looks at each state of each command. */
export const countCommands = (registry: Registry): ((command: Command) => void) => {
  const total = new Counter({
    name: 'avyl_commands_total',
    help: 'Commands that are over, by name and final state.',
    labelNames: ['name', 'state'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'avyl_command_duration_seconds',
    help: 'From the wish to the outcome, of commands that the terminal ended.',
    labelNames: ['name'],
    buckets,
    registers: [registry],
  })
  const over = new Set<string>()

  return ({ id, name, state, issuedAt, updatedAt }) => {
    if (!isFinal(state) || !isCommandName(name) || over.has(id)) return
    over.add(id)
    const [oldest] = over
    if (over.size > remembered && oldest !== undefined) over.delete(oldest)
    total.inc({ name, state })
    if (state === 'succeeded' || state === 'failed') duration.observe({ name }, (updatedAt - issuedAt) / 1000)
  }
}
