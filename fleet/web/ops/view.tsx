import { useOps } from './context.ts'
import { DowntimesView } from './downtimes-view.tsx'
import { FleetView } from './fleet-view.tsx'
import { IncidentsView } from './incidents-view.tsx'
import { MapView } from './map-view.tsx'
import { MorningView } from './morning-view.tsx'
import type { Place } from './place.ts'
import { WallView } from './wall-view.tsx'

/** The view that a place names. */
export const View = ({ place }: { readonly place: Place }) => {
  const { t, state } = useOps()
  if (state.terminals === undefined && place.view !== 'wall') {
    return (
      <main class="empty">
        <p>{t('ops.part.loading')}</p>
      </main>
    )
  }
  switch (place.view) {
    case 'morning':
      return <MorningView />
    case 'map':
      return <MapView />
    case 'incidents':
      return <IncidentsView id={place.id} />
    case 'fleet':
      return <FleetView query={place.query} />
    case 'downtimes':
      return <DowntimesView />
    case 'wall':
      return <WallView />
  }
}
