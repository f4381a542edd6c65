import { useState } from 'preact/hooks'
import type { PresenceInterval } from '../../api/health-schemas.ts'
import type { Command } from '../../api/schemas.ts'
import { toneOf } from '../expert/terminal-state.ts'
import { commandName } from './command-name.ts'
import { useTerminal } from './context.ts'
import { lengthText, momentText } from './moments.ts'
import { Scroller } from './scroller.tsx'
import { outcomeTone } from './timeline.ts'
import type { Chosen } from './timeline-card.tsx'

const shown = 200

interface Parts {
  readonly intervals: readonly PresenceInterval[]
  readonly choose: (chosen: Chosen) => void
}

type Line =
  | { readonly at: number; readonly interval: PresenceInterval }
  | { readonly at: number; readonly command: Command }

const Lines = ({ intervals, choose }: Parts) => {
  const { t, language, now, range, commands } = useTerminal()
  const lines: Line[] = [
    ...intervals.map((interval) => ({ at: Math.max(interval.from, range.from), interval })),
    ...commands
      .filter(({ issuedAt }) => issuedAt >= range.from && issuedAt < range.until)
      .map((command) => ({ at: command.issuedAt, command })),
  ].toSorted((a, b) => b.at - a.at)
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('table.when')}</th>
            <th scope="col">{t('table.what')}</th>
            <th scope="col">{t('table.length')}</th>
            <th scope="col">{t('table.why')}</th>
            <th scope="col">
              <span class="unseen">{t('table.show')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, shown).map((line) =>
            'interval' in line ? (
              <tr key={line.interval.id}>
                <td>{momentText(line.at, language, now)}</td>
                <td>
                  <span class={`state ${toneOf(line.interval.state)}`}>
                    {t(`terminal.state.${line.interval.state}`)}
                  </span>
                </td>
                <td>{lengthText(t, (line.interval.until ?? now) - line.interval.from)}</td>
                <td>{line.interval.reason !== undefined && t(`cause.${line.interval.reason}`)}</td>
                <td>
                  <button
                    type="button"
                    class="plain"
                    onClick={() => choose({ kind: 'interval', id: line.interval.id })}
                  >
                    {t('table.show')}
                  </button>
                </td>
              </tr>
            ) : (
              <tr key={line.command.id}>
                <td>{momentText(line.at, language, now)}</td>
                <td>{commandName(t, line.command.name)}</td>
                <td>{lengthText(t, line.command.updatedAt - line.command.issuedAt)}</td>
                <td>
                  <span class={`state ${outcomeTone(line.command)}`}>
                    {t(`command.state.${line.command.state}`)}
                  </span>
                </td>
                <td>
                  <button
                    type="button"
                    class="plain"
                    onClick={() => choose({ kind: 'commands', ids: [line.command.id] })}
                  >
                    {t('table.show')}
                  </button>
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
      {lines.length > shown && <p class="small">{t('table.more', { count: lines.length - shown })}</p>}
    </>
  )
}

/** The timeline in words, the newest first. */
export const TimelineTable = (parts: Parts) => {
  const { t } = useTerminal()
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('timeline.table')}</summary>
      {open && (
        <Scroller label={t('timeline.table')}>
          <Lines {...parts} />
        </Scroller>
      )}
    </details>
  )
}
