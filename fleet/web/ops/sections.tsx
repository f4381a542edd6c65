import { useOps } from './context.ts'
import { unresolved } from './incident-order.ts'
import { hashOf, type Place, type ViewName } from './place.ts'

/** The sections of the ops pages. */
export const Sections = ({ place }: { readonly place: Place }) => {
  const { t, state, may } = useOps()
  const open = unresolved(Object.values(state.incidents ?? {})).filter((one) => one.state === 'open').length
  const shown: ViewName[] = [
    'morning',
    'map',
    ...(may('incidents.read') ? (['incidents'] as const) : []),
    'fleet',
    'downtimes',
    'wall',
  ]
  return (
    <nav class="sections" aria-label={t('ops.nav')}>
      {shown.map((view) => (
        <a key={view} href={hashOf(view)} aria-current={view === place.view ? 'page' : undefined}>
          {t(`ops.nav.${view}`)}
          {view === 'incidents' && open > 0 && (
            <span class="count">
              <span aria-hidden>{open}</span>
              <span class="unseen">{t('ops.nav.open', { count: open })}</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  )
}
