import { useOps } from './context.ts'
import { hashOf, terminalPage } from './place.ts'
import { Bars, Reason, Since, StateSign } from './row-parts.tsx'
import { needsLook } from './rows.ts'
import { Told } from './told.tsx'

/** A page is read in five minutes: so many rows when all is well, and no more than so many when nothing is. */
const fewest = 12
const most = 30

/** The terminals that need a look, the worst first, filled up with others where they are few. */
export const WorstFirst = () => {
  const { t, rows } = useOps()
  const needy = rows.filter(needsLook).length
  const shown = rows.slice(0, Math.min(most, Math.max(fewest, needy)))
  return (
    <section class="card worst" aria-labelledby="worst">
      <h2 id="worst">{t('ops.morning.worst')}</h2>
      {rows.length === 0 ? (
        <p class="small missing">{t('ops.morning.no-terminals')}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t('ops.morning.village')}</th>
              <th scope="col">{t('ops.morning.now')}</th>
              <th scope="col">{t('ops.morning.yesterday')}</th>
              <th scope="col">{t('ops.morning.reason')}</th>
              <th scope="col" class="end">
                {t('ops.morning.since')}
              </th>
              <th scope="col">
                <span class="unseen">{t('ops.morning.act')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <Told text={row.village} class="village" />
                  {row.district !== '' && <Told text={row.district} class="small second" />}
                </th>
                <td>
                  <StateSign row={row} />
                </td>
                <td>
                  <Bars row={row} />
                </td>
                <td class="reason">
                  <Reason row={row} />
                </td>
                <td class="end">
                  <Since row={row} />
                </td>
                <td class="end">
                  <a
                    class="button"
                    href={terminalPage(row.id)}
                    aria-label={`${t('ops.open')}: ${row.village}`}
                  >
                    {t('ops.open')}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > shown.length && (
        <p class="more">
          <a href={hashOf('fleet')}>{t('ops.morning.all-terminals', { count: rows.length })}</a>
        </p>
      )}
    </section>
  )
}
