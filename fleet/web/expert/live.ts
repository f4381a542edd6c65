import type { Progress } from '../../../protocol/messages.ts'
import type { Band, Command, Terminal } from '../../api/schemas.ts'
import { type Api, ApiProblem } from '../api.ts'
import type { LivePictures } from './live-picture.ts'
import { commandOf, deskOf, isOver, isRunning, type State } from './state.ts'
import type { Store } from './store.ts'

const againMs = 3000

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
  let events: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined

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
      store.dispatch({ type: 'command', command: await api.command(id) })
    }
  }

  const lost = (): void => {
    store.dispatch({ type: 'link', link: 'lost' })
    if (events?.readyState !== EventSource.CLOSED) return
    events = undefined
    again = setTimeout(() => void reopen(), againMs)
  }

  /** The browser gave up, as it does after an error status: perhaps the session has ended. */
  const reopen = async (): Promise<void> => {
    const session = await api.session().catch((problem: unknown) => {
      const code = problem instanceof ApiProblem ? problem.code : 'internal'
      return code === 'not-signed-in' ? null : undefined
    })
    if (session === null) store.dispatch({ type: 'session', session })
    else open()
  }

  const open = (): void => {
    events?.close()
    events = new EventSource(api.eventsUrl)
    events.addEventListener('open', () => {
      catchUp().then(
        () => store.dispatch({ type: 'link', link: 'live' }),
        () => lost(),
      )
    })
    events.addEventListener('error', lost)
    events.addEventListener('terminal', (event) =>
      store.dispatch({ type: 'terminal', terminal: body(event) as Terminal }),
    )
    events.addEventListener('command', (event) =>
      store.dispatch({ type: 'command', command: body(event) as Command }),
    )
  }

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

  const goneOffline = (): void => store.dispatch({ type: 'link', link: 'lost' })

  store.subscribe(refollow)
  document.addEventListener('visibilitychange', refollow)
  return {
    start: () => {
      store.dispatch({ type: 'link', link: 'connecting' })
      window.addEventListener('offline', goneOffline)
      window.addEventListener('online', open)
      open()
      refollow()
    },
    stop: () => {
      window.removeEventListener('offline', goneOffline)
      window.removeEventListener('online', open)
      clearTimeout(again)
      events?.close()
      events = undefined
      refollow()
    },
  }
}
