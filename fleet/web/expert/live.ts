import type { Progress } from '../../../protocol/messages.ts'
import type { Band, Command, Terminal } from '../../api/schemas.ts'
import { type Api, ApiProblem } from '../api.ts'
import { createLiveEvents } from '../live-events.ts'
import type { LivePictures } from './live-picture.ts'
import { commandOf, deskOf, isOver, isRunning, type State } from './state.ts'
import type { Store } from './store.ts'

/**
 * Command streams open at once. A browser gives a host six connections over all its windows (HTTP/1.1); one more
 * stream tells of terminals, and requests need the rest.
 */
const maxFollowed = 2

/** Keeps the page true: terminals and commands as they change, and the bands of the scan that is looked at. */
export interface Live {
  start(): void
  stop(): void
}

const runningCommands = (state: State): string[] => {
  if (state.chosen === undefined || state.session == null) return []
  const works = deskOf(state, state.chosen).works.filter((work) => isRunning(state, work))
  const scansFirst = works.toSorted((a, b) => Number(b.kind === 'scan') - Number(a.kind === 'scan'))
  return scansFirst.flatMap((work) => work.command ?? []).slice(0, maxFollowed)
}

export const createLive = (api: Api, store: Store, pictures: LivePictures): Live => {
  const followed = new Map<string, EventSource>()

  const body = (event: Event): unknown => JSON.parse((event as MessageEvent<string>).data)

  /** What was missed while no event could come. */
  const catchUp = async (): Promise<void> => {
    const terminals = await api.terminals()
    store.dispatch({ type: 'terminals', terminals })
    const { commands, desks } = store.state()
    const waiting = Object.values(desks)
      .flatMap((desk) => desk.works)
      .flatMap((work) => {
        const command = commandOf(store.state(), work)
        return command === undefined || !isOver(command) ? (work.command ?? []) : []
      })
    const others = Object.values(commands).filter((command) => !isOver(command))
    for (const id of new Set([...waiting, ...others.map((command) => command.id)])) {
      const command = await api.command(id).catch((problem: unknown) => {
        // The fleet forgets commands in time, and this window may remember them for longer.
        if (problem instanceof ApiProblem && problem.code === 'not-found') return undefined
        throw problem
      })
      if (command !== undefined) store.dispatch({ type: 'command', command })
    }
  }

  const events = createLiveEvents({
    api,
    heard: {
      terminal: (terminal) => store.dispatch({ type: 'terminal', terminal: terminal as Terminal }),
      command: (command) => store.dispatch({ type: 'command', command: command as Command }),
    },
    catchUp,
    linked: (link) => store.dispatch({ type: 'link', link }),
    signedOut: () => store.dispatch({ type: 'session', session: null }),
  })

  const follow = (id: string): EventSource => {
    const source = new EventSource(api.commandEventsUrl(id))
    source.addEventListener('state', (event) =>
      store.dispatch({ type: 'command', command: body(event) as Command }),
    )
    source.addEventListener('progress', (event) =>
      store.dispatch({ type: 'progress', command: id, progress: body(event) as Progress }),
    )
    source.addEventListener('band', (event) => void pictures.add(id, body(event) as Band))
    return source
  }

  const refollow = (): void => {
    const wanted = document.visibilityState === 'hidden' ? [] : runningCommands(store.state())
    for (const [id, source] of followed) {
      if (wanted.includes(id)) continue
      source.close()
      followed.delete(id)
    }
    for (const id of wanted) if (!followed.has(id)) followed.set(id, follow(id))
  }

  store.subscribe(refollow)
  document.addEventListener('visibilitychange', refollow)
  return {
    start: () => {
      events.start()
      refollow()
    },
    stop: () => {
      events.stop()
      refollow()
    },
  }
}
