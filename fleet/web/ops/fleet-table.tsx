import { useEffect, useRef } from 'preact/hooks'
import { useOps } from './context.ts'
import type { FleetFilter, FleetOrder } from './fleet-filter.ts'
import { shareText } from './moments.ts'
import { terminalPage } from './place.ts'
import { Reason, Since, StateSign } from './row-parts.tsx'
import type { Row } from './rows.ts'
import { Told } from './told.tsx'
import { useWindow } from './use-window.ts'

/** As the style sheet has it, in pixels. */
const rowHeight = 52

interface Parts {
  readonly rows: readonly Row[]
  readonly filter: FleetFilter
  readonly order: (by: FleetOrder) => void
}

interface HeadParts extends Pick<Parts, 'filter' | 'order'> {
  readonly by: FleetOrder
  readonly text: string
}

/** The head of a column by which one can sort. */
const Head = ({ filter, order, by, text }: HeadParts) => {
  const sorted = filter.order === by
  return (
    <th scope="col" aria-sort={sorted ? (filter.descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="plain" onClick={() => order(by)}>
        {text}
        <span aria-hidden>{sorted ? (filter.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

/** All rows by their number, of which only those in sight are in the page. */
export const FleetTable = ({ rows, filter, order }: Parts) => {
  const { t, language } = useOps()
  const box = useRef<HTMLElement>(null)
  const { first, end } = useWindow(box, rowHeight, rows.length)
  const narrowed = JSON.stringify(filter)
  const sorting = { filter, order }
  useEffect(() => box.current?.scrollTo(0, 0), [narrowed])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled box has to be reached by the keyboard
    <section class="card table" ref={box} tabIndex={0} aria-label={t('ops.fleet.title')}>
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <Head {...sorting} by="worst" text={t('ops.fleet.state')} />
            <Head {...sorting} by="village" text={t('ops.morning.village')} />
            <Head {...sorting} by="district" text={t('ops.fleet.district')} />
            <th scope="col">{t('ops.morning.reason')}</th>
            <Head {...sorting} by="share" text={t('ops.fleet.share')} />
            <Head {...sorting} by="since" text={t('ops.morning.since')} />
            <Head {...sorting} by="id" text={t('ops.fleet.id')} />
            <Head {...sorting} by="agent" text={t('ops.fleet.agent')} />
          </tr>
        </thead>
        <tbody>
          <tr class="gap" aria-hidden style={{ height: `${first * rowHeight}px` }} />
          {rows.slice(first, end).map((row, index) => (
            <tr key={row.id} aria-rowindex={first + index + 2}>
              <td>
                <StateSign row={row} />
              </td>
              <th scope="row">
                <a href={terminalPage(row.id)}>
                  <Told text={row.village} />
                </a>
              </th>
              <td>
                <Told text={row.district} />
              </td>
              <td class="reason">
                <Reason row={row} />
              </td>
              <td class="number">
                {row.shares.all === undefined ? '—' : shareText(row.shares.all, language)}
              </td>
              <td>
                <Since row={row} />
              </td>
              <td>
                <Told text={row.id} class="small" />
              </td>
              <td>
                <Told text={row.terminal.agent ?? '—'} class="small" />
              </td>
            </tr>
          ))}
          <tr class="gap" aria-hidden style={{ height: `${(rows.length - end) * rowHeight}px` }} />
        </tbody>
      </table>
    </section>
  )
}
