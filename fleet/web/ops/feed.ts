import type { Incident } from '../../api/incident-schemas.ts'
import type { Terminal } from '../../api/schemas.ts'
import type { Permission } from '../../auth/permissions.ts'
import { type Api, ApiProblem } from '../api.ts'
import { availabilityApi } from '../availability-api.ts'
import type { HealthApi } from '../health-api.ts'
import type { IncidentApi } from '../incident-api.ts'
import { createLiveEvents } from '../live-events.ts'
import type { Notice } from './notify.ts'
import type { Action, Part } from './state.ts'

/** What comes within this time is drawn at once: a district that returns is one change, not forty. */
const gatherMs = 100

/** How long after a change of a terminal the reckonings of the morning are asked for again. */
const reckonMs = 30_000

/** Keeps what the pages know true. */
export interface Feed {
  start(): void
  stop(): void
  /** Asks for one part again. */
  ask(part: Part): Promise<void>
}

interface Parts {
  readonly api: Api
  readonly health: HealthApi
  readonly incidents: IncidentApi
  readonly may: (permission: Permission) => boolean
  readonly dispatch: (action: Action) => void
  readonly signedOut: () => void
  /** Takes what the fleet wants people to notice. */
  readonly noticed: (notice: Notice) => void
}

const needed: Readonly<Record<Part, Permission>> = {
  morning: 'health.read',
  villages: 'health.read',
  incidents: 'incidents.read',
  rules: 'alert-rules.read',
  colleagues: 'incidents.read',
}

/** Incidents that were resolved before that are not asked for. */
const pastMs = 30 * 86_400_000

export const createFeed = (parts: Parts): Feed => {
  const { api, health, incidents, may, dispatch, signedOut, noticed } = parts
  let gathered: { terminals: Terminal[]; incidents: Incident[] } = { terminals: [], incidents: [] }
  let drawing: ReturnType<typeof setTimeout> | undefined
  let reckoning: ReturnType<typeof setTimeout> | undefined

  const fetched: Readonly<Record<Part, () => Promise<Action>>> = {
    morning: async () => ({ type: 'morning', morning: await availabilityApi(api).morning() }),
    villages: async () => ({ type: 'villages', villages: await health.villages() }),
    incidents: async () => ({
      type: 'incidents',
      incidents: await incidents.incidents({ from: Date.now() - pastMs }),
    }),
    colleagues: async () => ({ type: 'colleagues', colleagues: await incidents.colleagues() }),
    rules: async () => ({ type: 'rules', rules: await incidents.rules() }),
  }

  const ask = async (part: Part): Promise<void> => {
    if (!may(needed[part])) return
    try {
      dispatch(await fetched[part]())
    } catch (problem) {
      const code = problem instanceof ApiProblem ? problem.code : 'internal'
      dispatch({ type: 'failed', part, code })
    }
  }

  const draw = (): void => {
    drawing = undefined
    dispatch({ type: 'heard', ...gathered })
    gathered = { terminals: [], incidents: [] }
  }
  const gather = (): void => {
    drawing ??= setTimeout(draw, gatherMs)
  }
  const reckonAgain = (): void => {
    reckoning ??= setTimeout(() => {
      reckoning = undefined
      void ask('morning')
    }, reckonMs)
  }

  const events = createLiveEvents({
    api,
    heard: {
      terminal: (body) => {
        gathered.terminals.push(body as Terminal)
        gather()
        reckonAgain()
      },
      notice: (body) => noticed(body as Notice),
      incident: (body) => {
        gathered.incidents.push(body as Incident)
        gather()
      },
    },
    catchUp: async () => {
      const others = (['villages', 'morning', 'incidents', 'rules', 'colleagues'] as const).map(ask)
      dispatch({ type: 'terminals', terminals: await api.terminals() })
      await Promise.all(others)
    },
    linked: (link) => dispatch({ type: 'link', link, at: Date.now() }),
    signedOut,
  })

  return {
    start: () => events.start(),
    stop: () => {
      events.stop()
      clearTimeout(drawing)
      clearTimeout(reckoning)
      drawing = undefined
      reckoning = undefined
      gathered = { terminals: [], incidents: [] }
    },
    ask,
  }
}
