import { type Api, ApiProblem } from './api.ts'
import type { Link } from './link.ts'

export type { Link } from './link.ts'

/** Follows what happens in the fleet for as long as a page is open. */
export interface LiveEvents {
  start(): void
  stop(): void
}

interface Following {
  readonly api: Pick<Api, 'eventsUrl' | 'session'>
  /** Takes the body of each event of a name. */
  readonly heard: Readonly<Record<string, (body: unknown) => void>>
  /** Fetches what was missed while no event could come; the link is live when it resolves. */
  readonly catchUp: () => Promise<void>
  readonly linked: (link: Link) => void
  /** The session has ended. */
  readonly signedOut: () => void
}

const againMs = 3000
/** A line is cut, whatever the browser thinks of it, when so many heartbeats have not come. */
const missedBeats = 2.5

/** The live events of `GET /events`: opened again whenever they break or fall silent, caught up each time. */
export const createLiveEvents = ({ api, heard, catchUp, linked, signedOut }: Following): LiveEvents => {
  let events: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let running = false

  const lost = (): void => {
    linked('lost')
    if (!running || events?.readyState !== EventSource.CLOSED) return
    events = undefined
    again = setTimeout(() => void reopen(), againMs)
  }

  /** The browser gave up, as it does after an error status: perhaps the session has ended. */
  const reopen = async (): Promise<void> => {
    const session = await api.session().catch((problem: unknown) => {
      const code = problem instanceof ApiProblem ? problem.code : 'internal'
      return code === 'not-signed-in' ? null : undefined
    })
    if (!running) return
    if (session === null) signedOut()
    else open()
  }

  /** The fleet has told when its next heartbeat comes. */
  const listen = ({ everyMs }: { readonly everyMs: number }): void => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      linked('lost')
      open()
    }, everyMs * missedBeats)
  }

  const open = (): void => {
    clearTimeout(again)
    clearTimeout(silence)
    events?.close()
    const source = new EventSource(api.eventsUrl)
    events = source
    source.addEventListener('open', () => {
      catchUp().then(
        () => source === events && linked('live'),
        () => source === events && lost(),
      )
    })
    source.addEventListener('error', lost)
    source.addEventListener('beat', (event) => listen(JSON.parse((event as MessageEvent<string>).data)))
    for (const [name, take] of Object.entries(heard)) {
      source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)))
    }
  }

  const goneOffline = (): void => linked('lost')

  return {
    start: () => {
      running = true
      linked('connecting')
      window.addEventListener('offline', goneOffline)
      window.addEventListener('online', open)
      open()
    },
    stop: () => {
      running = false
      window.removeEventListener('offline', goneOffline)
      window.removeEventListener('online', open)
      clearTimeout(again)
      clearTimeout(silence)
      events?.close()
      events = undefined
    },
  }
}
