import { useState } from 'preact/hooks'
import type { Downtime } from '../../api/health-schemas.ts'
import { availabilityApi } from '../availability-api.ts'
import { useAsked } from './asked.ts'
import { useOps } from './context.ts'
import { DowntimeEditor } from './downtime-editor.tsx'
import { Maintenance } from './maintenance.tsx'
import { lengthText, momentText } from './moments.ts'
import { terminalPage } from './place.ts'
import { capabilityText } from './row-parts.tsx'
import { Told } from './told.tsx'

const day = 86_400_000
const ranges = { day, week: 7 * day, month: 30 * day } as const
type Range = keyof typeof ranges

/** So many are listed: the newest. */
const most = 300

interface Listed {
  readonly downtimes: readonly Downtime[]
  readonly edit: (downtime: Downtime) => void
}

const List = ({ downtimes, edit }: Listed) => {
  const { t, language, may } = useOps()
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t('ops.morning.village')}</th>
          <th scope="col">{t('ops.downtimes.what')}</th>
          <th scope="col">{t('ops.downtimes.from')}</th>
          <th scope="col">{t('ops.downtimes.length')}</th>
          <th scope="col">{t('ops.downtimes.open')}</th>
          <th scope="col">{t('ops.morning.reason')}</th>
          <th scope="col">
            <span class="unseen">{t('ops.morning.act')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {downtimes.map((one) => (
          <tr key={`${one.id} ${one.capability}`}>
            <th scope="row">
              <a href={terminalPage(one.terminal)}>
                <Told text={one.village || one.terminal} />
              </a>
              <Told text={one.district} class="small second" />
            </th>
            <td>{capabilityText(t, one.capability)}</td>
            <td class="number">{momentText(one.from, language)}</td>
            <td class="number">
              {one.until === undefined ? (
                <span class="state bad">{t('ops.downtimes.now')}</span>
              ) : (
                lengthText(t, (one.until - one.from) / 1000)
              )}
            </td>
            <td class="number">{lengthText(t, one.openSeconds)}</td>
            <td class="reason">
              <span class="first">{t(`ops.downtime.reason.${one.reason}`)}</span>
              {one.note !== undefined && <Told text={one.note} class="small second" />}
              {one.fixedRemotely === true && <span class="small second">{t('ops.downtimes.remote')}</span>}
            </td>
            <td class="end">
              {may('downtime.write') && one.capability === 'presence' && (
                <button
                  type="button"
                  aria-label={`${t('ops.downtimes.edit')}: ${one.village}`}
                  onClick={() => edit(one)}
                >
                  {t('ops.downtimes.edit')}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What did not work and why, and what is announced. */
export const DowntimesView = () => {
  const { t, api } = useOps()
  const [range, setRange] = useState<Range>('week')
  const [edited, edit] = useState<Downtime | undefined>()
  const { value, problem, again } = useAsked(() => {
    const now = Date.now()
    return availabilityApi(api).downtimes({ from: now - ranges[range], to: now })
  }, range)
  const shown = value?.toSorted((a, b) => b.from - a.from).slice(0, most)
  return (
    <main class="downtimes-view">
      <section class="card" aria-labelledby="downtimes-title">
        <div class="heading">
          <h2 id="downtimes-title">{t('ops.downtimes.title')}</h2>
          <span class="grow" />
          <fieldset class="segments">
            <legend class="unseen">{t('ops.downtimes.range')}</legend>
            {(Object.keys(ranges) as Range[]).map((one) => (
              <button key={one} type="button" aria-pressed={one === range} onClick={() => setRange(one)}>
                {t(`ops.downtimes.range.${one}`)}
              </button>
            ))}
          </fieldset>
        </div>
        {problem !== undefined && <p class="notice bad">{t('ops.part.missing', { problem })}</p>}
        {shown === undefined && problem === undefined && <p class="small missing">{t('ops.part.loading')}</p>}
        {shown?.length === 0 && <p class="state good well">{t('ops.downtimes.none')}</p>}
        {shown !== undefined && shown.length > 0 && <List downtimes={shown} edit={edit} />}
        {value !== undefined && value.length > most && (
          <p class="small more">{t('ops.list.more', { count: value.length - most })}</p>
        )}
      </section>
      <Maintenance />
      {edited !== undefined && (
        <DowntimeEditor
          downtime={edited}
          close={(changed) => {
            edit(undefined)
            if (changed) again()
          }}
        />
      )}
    </main>
  )
}
