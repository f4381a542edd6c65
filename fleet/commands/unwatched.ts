import type { CommandName } from '../../protocol/commands.ts'
import type { LiveCommands } from './live.ts'
import type { CommandRecord } from './record.ts'

/** The command that has no sense without somebody who looks on. */
export const watchedCommand: CommandName = 'terminal.logs'

/** A page that is loaded again is back by then. */
const graceMs = 10_000

/** Finds the commands that nobody has looked at for a while and that are to be stopped; asked every second or so. */
export const createUnwatched = (live: Pick<LiveCommands, 'isFollowed'>) => {
  const since = new Map<string, number>()
  return (open: Iterable<CommandRecord>, now: number): string[] => {
    const left: string[] = []
    const seen = new Set<string>()
    for (const { id, name, cancelledAt } of open) {
      if (name !== watchedCommand || cancelledAt !== undefined || live.isFollowed(id)) continue
      seen.add(id)
      const began = since.get(id) ?? now
      since.set(id, began)
      if (now - began >= graceMs) left.push(id)
    }
    for (const id of since.keys()) if (!seen.has(id)) since.delete(id)
    return left
  }
}
