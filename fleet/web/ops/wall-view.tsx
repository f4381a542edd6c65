import { useEffect, useState } from 'preact/hooks'
import { clockText } from '../clock-text.ts'
import { useOps } from './context.ts'
import { incidentTone, unresolved, whereOf } from './incident-order.ts'
import { ageText } from './moments.ts'
import { hashOf } from './place.ts'
import { Reason, Since, StateSign } from './row-parts.tsx'
import { Told } from './told.tsx'

/** What fits on a screen that nobody scrolls. */
const mostRows = 15
const mostIncidents = 6

/** Keeps the screen lit while it is looked at, where the browser lets a page do that; whether it does. */
const useWakefulness = (): boolean => {
  const [awake, setAwake] = useState(false)
  useEffect(() => {
    let lock: WakeLockSentinel | undefined
    let over = false
    const hold = async (): Promise<void> => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return
      lock = await navigator.wakeLock.request('screen').catch(() => undefined)
      if (over) await lock?.release()
      else setAwake(lock !== undefined)
    }
    const holdAgain = (): void => void hold()
    document.addEventListener('visibilitychange', holdAgain)
    holdAgain()
    return () => {
      over = true
      document.removeEventListener('visibilitychange', holdAgain)
      lock?.release().catch(() => undefined)
    }
  }, [])
  return awake
}

/** The time, and ages that grow while nothing happens. */
const useMinute = (): number => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 10_000)
    return () => clearInterval(ticking)
  }, [])
  return now
}

const Link = ({ now }: { readonly now: number }) => {
  const { t, state, language } = useOps()
  const [seen, setSeen] = useState<number | undefined>()
  useEffect(() => {
    if (state.link === 'live') setSeen(Date.now())
  }, [state.link, now])
  if (state.link === 'live') {
    return (
      <p class="state good" role="status">
        {t('ops.wall.live', { time: clockText(state.liveSince ?? now, language) })}
      </p>
    )
  }
  if (state.link === 'connecting') return <p class="state quiet">{t('ops.wall.connecting')}</p>
  return (
    <p class="cut" role="alert">
      <strong>{t('ops.wall.cut')}</strong>{' '}
      {seen !== undefined && t('ops.wall.cut-since', { time: clockText(seen, language) })}
    </p>
  )
}

/** For a screen on a wall that nobody touches: how many are there, what is wrong, and whether this is still true. */
export const WallView = () => {
  const { t, rows, state, language } = useOps()
  const now = useMinute()
  const awake = useWakefulness()
  const there = rows.filter(({ tone }) => tone === 'good')
  const inPart = rows.filter(({ tone }) => tone === 'warn')
  const away = rows.filter(({ tone }) => tone === 'bad')
  const wrong = [...away, ...inPart]
  const open = unresolved(Object.values(state.incidents ?? {}))
  const counted = (count: number): string => (state.terminals === undefined ? '—' : String(count))
  return (
    <main class="wall-view">
      <div class="wall-head">
        <h1>{t('app.name')}</h1>
        <Link now={now} />
        <span class="grow" />
        <time class="clock number">{clockText(now, language)}</time>
        <a class="button" href={hashOf('morning')}>
          {t('ops.wall.leave')}
        </a>
      </div>
      <ul class="counts">
        <li class="good">
          <b class="number">{counted(there.length)}</b>
          <span class="state good">{t('ops.wall.online')}</span>
        </li>
        <li class="warn">
          <b class="number">{counted(inPart.length)}</b>
          <span class="state warn">{t('ops.wall.troubled')}</span>
        </li>
        <li class="bad">
          <b class="number">{counted(away.length)}</b>
          <span class="state bad">{t('ops.wall.away')}</span>
        </li>
        <li>
          <b class="number">{state.incidents === undefined ? '—' : open.length}</b>
          <span class="state quiet">{t('ops.wall.incidents')}</span>
        </li>
      </ul>
      <div class="wall-lists">
        <section aria-label={t('ops.morning.worst')}>
          {wrong.length === 0 && state.terminals !== undefined && (
            <p class="state good calm">{t('ops.wall.well')}</p>
          )}
          <ul>
            {wrong.slice(0, mostRows).map((row) => (
              <li key={row.id}>
                <Told text={row.village} class="village" />
                <StateSign row={row} />
                <span class="reason">
                  <Reason row={row} />
                </span>
                <Since row={row} />
              </li>
            ))}
          </ul>
          {wrong.length > mostRows && <p>{t('ops.list.more', { count: wrong.length - mostRows })}</p>}
        </section>
        <section aria-label={t('ops.incidents.open-ones')}>
          <ul>
            {open.slice(0, mostIncidents).map((incident) => (
              <li key={incident.id} class="incident">
                <span class={`state ${incidentTone(incident)}`}>{incident.title[language]}</span>
                <Told text={whereOf(incident)} />
                <span class="small">
                  {ageText(t, incident.openedAt, now)}
                  {' · '}
                  {incident.assignee === undefined
                    ? t(`ops.incident.state.${incident.state}`)
                    : t('ops.incident.by', { name: incident.assignee })}
                </span>
              </li>
            ))}
          </ul>
          {open.length > mostIncidents && <p>{t('ops.list.more', { count: open.length - mostIncidents })}</p>}
        </section>
      </div>
      <p class="small">{t(awake ? 'ops.wall.awake' : 'ops.wall.may-sleep')}</p>
    </main>
  )
}
