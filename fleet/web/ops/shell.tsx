import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import { type Permission, permissions } from '../../auth/permissions.ts'
import { type Api, ApiProblem, type Session } from '../api.ts'
import { healthApi } from '../health-api.ts'
import { problemText } from '../i18n/faults.ts'
import type { Language } from '../i18n/texts.ts'
import { incidentApi } from '../incident-api.ts'
import { PageHeader } from '../page-header.tsx'
import { type Ops, OpsContext } from './context.ts'
import { createFeed } from './feed.ts'
import { showNotice } from './notify.ts'
import { rowsOf } from './rows.ts'
import { Sections } from './sections.tsx'
import { initialState, reduce } from './state.ts'
import { opsTranslator } from './texts.ts'
import { usePlace } from './use-place.ts'
import { View } from './view.tsx'

interface Parts {
  readonly api: Api
  readonly session: Session
  readonly language: Language
  readonly choose: (language: Language) => void
  /** The session is over. */
  readonly left: () => void
}

const mayOf =
  ({ role }: Session) =>
  (permission: Permission): boolean =>
    (permissions[permission] as readonly string[]).includes(role)

/** The head, the sections, and the view that the address names, over one state that live events keep true. */
export const Shell = ({ api, session, language, choose, left }: Parts) => {
  const [state, dispatch] = useReducer(reduce, initialState)
  const place = usePlace()
  const t = opsTranslator(language)
  const spoken = useRef(language)
  spoken.current = language

  const parts = useMemo(() => {
    const health = healthApi(api)
    const incidents = incidentApi(api)
    const may = mayOf(session)
    const feed = createFeed({
      ...{ api, health, incidents, may, dispatch },
      signedOut: left,
      noticed: (notice) => showNotice(notice, opsTranslator(spoken.current), spoken.current),
    })
    return { health, incidents, may, feed }
  }, [api, session])
  useEffect(() => {
    parts.feed.start()
    return () => parts.feed.stop()
  }, [parts])
  useEffect(() => {
    document.title = `${t(`ops.nav.${place.view}`)} · ${t('ops.title')}`
  }, [place.view, language])

  const rows = useMemo(
    () => rowsOf(Object.values(state.terminals ?? {}), state.villages, state.morning),
    [state.terminals, state.villages, state.morning],
  )
  const ops: Ops = {
    ...{ api, session, state, rows, language, t, dispatch },
    health: parts.health,
    incidents: parts.incidents,
    may: parts.may,
    ask: (part) => void parts.feed.ask(part),
    tell: (problem) => problemText(t, problem instanceof ApiProblem ? problem.code : 'internal'),
  }
  const signOut = (): Promise<void> => api.signOut().then(left)

  return (
    <OpsContext.Provider value={ops}>
      <div class={state.link === 'lost' ? `ops stale ${place.view}` : `ops ${place.view}`}>
        {place.view !== 'wall' && (
          <PageHeader
            {...{ t, language, choose, signOut }}
            link={state.link}
            start={<Sections place={place} />}
          />
        )}
        <View place={place} />
      </div>
    </OpsContext.Provider>
  )
}
