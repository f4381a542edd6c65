import type { Command } from '../../../fleet/api/schemas.ts'
import { type Api, ApiProblem } from '../../../fleet/web/api.ts'
import type { CommandState, Progress } from '../../../protocol/messages.ts'
import { isFinal } from '../../../protocol/messages.ts'
import { openEvents } from '../../../simulator/live-events.ts'

/** Repeats what needs a fleet for as long as the fleet is away. */
export type Insist = <T>(act: () => Promise<T>) => Promise<T>

/** Sees what the fleet says of commands, over all its ends and beginnings, and remembers every word. */
export interface Witness {
  /** Follows a command; resolves to its final word. */
  follow(id: string): Promise<Command>
  /** Resolves when a command of this terminal runs, from now on. */
  running(terminal: string): Promise<void>
  /** Every final state that was ever told of a command. */
  readonly finals: ReadonlyMap<string, ReadonlySet<CommandState>>
  /** Every page that was ever told of a command. */
  readonly pages: ReadonlyMap<string, ReadonlySet<string>>
  stop(): Promise<void>
}

const add = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  map.set(key, (map.get(key) ?? new Set()).add(value))
}

/** Wraps `up`, which resolves when the fleet is there. */
export const insistOn =
  (up: () => Promise<void>): Insist =>
  async (act) => {
    for (;;) {
      await up()
      try {
        return await act()
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.code !== 'unreachable') throw error
      }
    }
  }

/** Begins to watch at once. */
export const createWitness = (api: Api, up: () => Promise<void>): Witness => {
  const insist = insistOn(up)
  const finals = new Map<string, Set<CommandState>>()
  const pages = new Map<string, Set<string>>()
  const open = new Map<string, PromiseWithResolvers<Command>>()
  const runners = new Map<string, PromiseWithResolvers<void>>()
  const stopped = new AbortController()

  const see = (command: Command): void => {
    for (const { artefact } of command.pages) add(pages, command.id, artefact)
    if (command.state === 'running') {
      runners.get(command.terminal)?.resolve()
      runners.delete(command.terminal)
    }
    if (!isFinal(command.state)) return
    add(finals, command.id, command.state)
    open.get(command.id)?.resolve(command)
    open.delete(command.id)
  }
  const watchAll = async (): Promise<void> => {
    const events = await openEvents(api, '/events', stopped.signal)
    for (const id of open.keys()) see(await api.command(id))
    for await (const { event, data } of events) if (event === 'command') see(data as Command)
  }
  const watchOne = async (id: string): Promise<void> => {
    for await (const { event, data } of await openEvents(api, `/commands/${id}/events`, stopped.signal)) {
      if (event === 'state') see(data as Command)
      const finished = event === 'progress' ? (data as Progress).finished : undefined
      if (finished) add(pages, id, finished.artefact)
    }
  }
  /** A stream that broke is taken up again, as any page of the fleet does. */
  const keep = async (watch: () => Promise<void>, needed: () => boolean): Promise<void> => {
    while (needed() && !stopped.signal.aborted) {
      await up()
      await watch().catch(() => undefined)
    }
  }
  const watching = keep(watchAll, () => true)
  return {
    finals,
    pages,
    async follow(id) {
      const over = Promise.withResolvers<Command>()
      open.set(id, over)
      const following = keep(
        () => watchOne(id),
        () => open.has(id),
      )
      see(await insist(() => api.command(id)))
      const command = await over.promise
      await following
      return command
    },
    running(terminal) {
      const next = runners.get(terminal) ?? Promise.withResolvers<void>()
      runners.set(terminal, next)
      return next.promise
    },
    async stop() {
      stopped.abort()
      await watching
    },
  }
}
