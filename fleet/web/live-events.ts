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
/** Within this time of trying the fleet has told when its next heartbeat comes. */
const firstBeatMs = 30_000
/** What may be told while a page catches up; it begins anew when it is more. */
const maxHeld = 10_000

/** The live events of `GET /events`: opened again whenever they break or fall silent, caught up each time. */
export const createLiveEvents = ({ api, heard, catchUp, linked, signedOut }: Following): LiveEvents => {
  let events: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let running = false
  /** What was told while the page catches up: what is fetched may be older, so it is taken afterwards. */
  let held: (() => void)[] | undefined

  const lost = (): void => {
    linked('lost')
    held = undefined
    if (!running || events?.readyState !== EventSource.CLOSED) return
    events = undefined
    again = setTimeout(() => void reopen(), againMs)
  }
  const breakOff = (): void => {
    events?.close()
    lost()
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

  const listen = (withinMs: number): void => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      linked('lost')
      open()
    }, withinMs)
  }

  const beginCatchUp = (): void => {
    const meanwhile: (() => void)[] = []
    held = meanwhile
    catchUp().then(
      () => {
        if (held !== meanwhile) return
        held = undefined
        for (const take of meanwhile) take()
        linked('live')
      },
      () => held === meanwhile && breakOff(),
    )
  }

  const open = (): void => {
    clearTimeout(again)
    events?.close()
    held = undefined
    listen(firstBeatMs)
    const source = new EventSource(api.eventsUrl)
    events = source
    const on = (name: string, take: (body: unknown) => void): void =>
      source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)))
    source.addEventListener('open', beginCatchUp)
    source.addEventListener('error', lost)
    on('beat', (beat) => listen((beat as { readonly everyMs: number }).everyMs * missedBeats))
    for (const [name, take] of Object.entries(heard)) {
      on(name, (body) => {
        if (held === undefined) take(body)
        else if (held.push(() => take(body)) > maxHeld) breakOff()
      })
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
      held = undefined
      events?.close()
      events = undefined
    },
  }
}
