import { useOps } from './context.ts'
import { unresolved } from './incident-order.ts'
import { dayText } from './moments.ts'
import { ChangedOvernight, OpenIncidents, RunsOut, SilentVillages } from './morning-lists.tsx'
import { PartOf } from './part.tsx'
import { Tiles } from './tiles.tsx'
import { WorstFirst } from './worst-first.tsx'

/** The fleet in at most five minutes: figures, then the worst first, then what needs a thought today. */
export const MorningView = () => {
  const { t, rows, state, may } = useOps()
  const duties = unresolved(Object.values(state.incidents ?? {})).length
  const { morning } = state
  return (
    <main class="morning-view">
      <div class="heading">
        <h2 class="title">{t('ops.morning.title', { day: dayText(t, Date.now()) })}</h2>
        <span class="small">{t('ops.morning.about', { count: rows.length })}</span>
        <span class="grow" />
        {state.incidents !== undefined && (
          <span class={duties > 0 ? 'state warn' : 'state good'}>
            {duties > 0 ? t('ops.morning.duties', { count: duties }) : t('ops.morning.no-duties')}
          </span>
        )}
      </div>
      <Tiles morning={morning} />
      <WorstFirst />
      <aside>
        {may('incidents.read') && <OpenIncidents />}
        <section class="card" aria-labelledby="runs-out">
          <h2 id="runs-out">{t('ops.runs-out.title')}</h2>
          <PartOf part="morning" there={morning !== undefined}>
            <RunsOut forecasts={morning?.forecasts ?? []} />
          </PartOf>
        </section>
        <section class="card" aria-labelledby="silent">
          <h2 id="silent">{t('ops.silent.title')}</h2>
          <PartOf part="morning" there={morning !== undefined}>
            <SilentVillages villages={morning?.silent ?? []} />
          </PartOf>
        </section>
        <section class="card" aria-labelledby="changed">
          <h2 id="changed">{t('ops.changed.title')}</h2>
          <PartOf part="morning" there={morning !== undefined}>
            <ChangedOvernight />
          </PartOf>
        </section>
      </aside>
    </main>
  )
}
