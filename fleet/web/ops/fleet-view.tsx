import { useMemo } from 'preact/hooks'
import { useOps } from './context.ts'
import { csvOf } from './csv.ts'
import {
  districtsOf,
  type FleetFilter,
  type FleetOrder,
  filtered,
  filterOf,
  listedStates,
  queryOf,
} from './fleet-filter.ts'
import { FleetTable } from './fleet-table.tsx'
import { shareText } from './moments.ts'
import { hashOf } from './place.ts'
import { reasonsOf } from './row-parts.tsx'
import type { Row } from './rows.ts'
import { saveText } from './save-text.ts'

/** Every terminal: narrowed, ordered, and taken along as a file. */
export const FleetView = ({ query }: { readonly query: Readonly<Record<string, string>> }) => {
  const { t, rows, language } = useOps()
  const filter = filterOf(query)
  const shown = useMemo(() => filtered(rows, filter), [rows, JSON.stringify(filter)])
  const narrow = (change: Partial<FleetFilter>): void =>
    history.replaceState(null, '', hashOf('fleet', '', queryOf({ ...filter, ...change })))
  const change = (changed: Partial<FleetFilter>): void => {
    narrow(changed)
    window.dispatchEvent(new HashChangeEvent('hashchange'))
  }
  const order = (by: FleetOrder): void =>
    change({ order: by, descending: filter.order === by && !filter.descending })

  const save = (): void => {
    const head = [
      t('ops.fleet.state'),
      t('ops.morning.village'),
      t('ops.fleet.district'),
      t('ops.fleet.id'),
      t('ops.morning.since'),
      t('ops.fleet.share'),
      t('ops.morning.reason'),
      t('ops.fleet.agent'),
    ]
    const lines = shown.map((row: Row) => [
      t(`terminal.state.${row.terminal.state}`),
      row.village,
      row.district,
      row.id,
      new Date(row.terminal.since).toISOString(),
      row.shares.all === undefined ? '' : shareText(row.shares.all, language),
      reasonsOf(row, t, (share) => shareText(share, language)).join(' · '),
      row.terminal.agent ?? '',
    ])
    saveText(csvOf([head, ...lines]), `avyl-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv')
  }

  return (
    <main class="fleet-view">
      <div class="heading">
        <h2 class="title">{t('ops.fleet.title')}</h2>
        <span class="small" role="status">
          {t('ops.fleet.count', { count: shown.length, all: rows.length })}
        </span>
        <span class="grow" />
        <input
          class="text"
          type="search"
          placeholder={t('ops.fleet.find')}
          aria-label={t('ops.fleet.find')}
          value={filter.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
        <select
          class="text"
          aria-label={t('ops.fleet.state')}
          value={filter.state}
          onChange={(event) => change({ state: event.currentTarget.value as FleetFilter['state'] })}
        >
          <option value="">
            {t('ops.fleet.state')}: {t('ops.all')}
          </option>
          <option value="troubled">{t('ops.fleet.troubled')}</option>
          {listedStates.map((state) => (
            <option key={state} value={state}>
              {t(`terminal.state.${state}`)}
            </option>
          ))}
        </select>
        <select
          class="text"
          aria-label={t('ops.fleet.district')}
          value={filter.district}
          onChange={(event) => change({ district: event.currentTarget.value })}
        >
          <option value="">
            {t('ops.fleet.district')}: {t('ops.all')}
          </option>
          {districtsOf(rows).map((district) => (
            <option key={district} value={district}>
              {district}
            </option>
          ))}
        </select>
        <button type="button" disabled={shown.length === 0} onClick={save}>
          {t('ops.fleet.csv')}
        </button>
      </div>
      {shown.length === 0 && rows.length > 0 ? (
        <div class="card missing">
          <p>{t('ops.fleet.none')}</p>
          <a class="button" href={hashOf('fleet')}>
            {t('ops.fleet.clear')}
          </a>
        </div>
      ) : (
        <FleetTable rows={shown} filter={filter} order={order} />
      )}
    </main>
  )
}
