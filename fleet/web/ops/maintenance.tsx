import { useState } from 'preact/hooks'
import type { MaintenanceWindow } from '../../api/health-schemas.ts'
import { useAsked } from './asked.ts'
import { useOps } from './context.ts'
import { MaintenanceForm } from './maintenance-form.tsx'
import { momentText } from './moments.ts'
import { Told } from './told.tsx'

const Item = ({ one, removed }: { readonly one: MaintenanceWindow; readonly removed: () => void }) => {
  const { t, language, may, health, tell } = useOps()
  const [wrong, setWrong] = useState<string | undefined>()
  const now = Date.now()
  const when = one.until <= now ? 'over' : one.from <= now ? 'now' : 'coming'
  const where = one.about === 'fleet' ? t('ops.maintenance.about.fleet') : one.name
  const remove = (): void =>
    void health.endMaintenance(one.id).then(removed, (problem: unknown) => setWrong(tell(problem)))
  return (
    <li>
      <div class="row">
        <Told text={where} class="grow" />
        <span class={when === 'now' ? 'state warn' : 'state quiet'}>{t(`ops.maintenance.${when}`)}</span>
      </div>
      <p class="small number">
        {momentText(one.from, language)} – {momentText(one.until, language)}
      </p>
      {one.note !== '' && <Told text={one.note} class="small second" />}
      {may('maintenance.write') && when !== 'over' && (
        <button
          type="button"
          class="plain"
          aria-label={`${t('ops.maintenance.remove')}: ${where}`}
          onClick={remove}
        >
          {t('ops.maintenance.remove')}
        </button>
      )}
      {wrong !== undefined && (
        <p class="notice bad" role="alert">
          {wrong}
        </p>
      )}
    </li>
  )
}

/** What is announced, and the announcing of more. */
export const Maintenance = () => {
  const { t, health, may } = useOps()
  const { value, problem, again } = useAsked(health.maintenance, '')
  const [adding, setAdding] = useState(false)
  const listed = value?.toSorted((a, b) => b.from - a.from).slice(0, 50)
  return (
    <aside class="card maintenance" aria-labelledby="maintenance-title">
      <h2 id="maintenance-title">{t('ops.maintenance.title')}</h2>
      {problem !== undefined && <p class="notice bad">{t('ops.part.missing', { problem })}</p>}
      {listed?.length === 0 && <p class="small well">{t('ops.maintenance.none')}</p>}
      <ul class="entries">
        {listed?.map((one) => (
          <Item key={one.id} one={one} removed={again} />
        ))}
      </ul>
      {may('maintenance.write') && (
        <p class="more">
          <button type="button" onClick={() => setAdding(true)}>
            {t('ops.maintenance.add')}
          </button>
        </p>
      )}
      {adding && (
        <MaintenanceForm
          close={(added) => {
            setAdding(false)
            if (added) again()
          }}
        />
      )}
    </aside>
  )
}
