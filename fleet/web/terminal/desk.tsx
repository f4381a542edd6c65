import type { PresenceInterval } from '../../api/health-schemas.ts'
import { Actions } from './actions.tsx'
import { Charts } from './charts.tsx'
import { Configuration } from './configuration.tsx'
import { useTerminal } from './context.ts'
import { Devices } from './devices.tsx'
import { Happenings } from './happenings.tsx'
import { Heading } from './heading.tsx'
import { Identity } from './identity.tsx'
import { useLoaded } from './loaded.ts'
import { Logs } from './logs.tsx'
import { Maintenance } from './maintenance.tsx'
import { Timeline } from './timeline-card.tsx'

/** All that is known of a terminal: what was in the middle, what is and what can be done beside it. */
export const Desk = () => {
  const { health, terminal, range, view, changes, refresh, may } = useTerminal()
  const part = 'part' in view ? view.part.from : undefined
  const presence = useLoaded(
    () => health.presence(terminal.id, range),
    [terminal.id, view.span, part, changes],
  )
  const windows = useLoaded(() => health.maintenance(), [changes])
  const villages = useLoaded(() => health.villages(), [])
  const district = villages.value?.find(({ name }) => name === terminal.village)?.district ?? ''
  const edited = (interval: PresenceInterval): void => {
    presence.put((presence.value ?? []).map((one) => (one.id === interval.id ? interval : one)))
    refresh()
  }
  const mine = (windows.value ?? []).filter(
    ({ about, name }) =>
      about === 'fleet' ||
      (about === 'terminal' && name === terminal.id) ||
      (about === 'village' && name === terminal.village) ||
      (about === 'district' && name === district),
  )
  return (
    <main class="terminal">
      <Heading district={district} />
      <div class="was">
        <Timeline presence={presence} windows={mine} edited={edited} />
        <Charts />
        {may('commands.run') && <Logs />}
        <Happenings />
      </div>
      <div class="is">
        {may('commands.run') && <Actions />}
        <Devices />
        <Maintenance windows={mine} />
        {may('configuration.read') && <Configuration />}
        <Identity />
      </div>
    </main>
  )
}
