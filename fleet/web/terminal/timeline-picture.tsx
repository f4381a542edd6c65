import type { MaintenanceWindow, PresenceInterval } from '../../api/health-schemas.ts'
import type { TerminalState } from '../../api/schemas.ts'
import { clockText } from '../clock-text.ts'
import { useTerminal } from './context.ts'
import { dateText, lengthText } from './moments.ts'
import { placeOf, ticksOf } from './range.ts'
import type { TerminalTranslate } from './texts.ts'
import { barsOf, lengthsOf, type Mark, marksOf } from './timeline.ts'
import type { Chosen } from './timeline-card.tsx'

interface Parts {
  readonly intervals: readonly PresenceInterval[]
  readonly windows: readonly MaintenanceWindow[]
  readonly chosen: Chosen | undefined
  readonly choose: (chosen: Chosen) => void
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`

/** A shape for each outcome, about its own middle. */
const shapes: Readonly<Record<Mark['tone'], string>> = {
  good: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z',
  bad: 'M0-6L6 5H-6z',
  warn: 'M0-6L6 0L0 6L-6 0z',
  quiet: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  running: 'M-4-6L6 0L-4 6z',
}

const states: readonly TerminalState[] = ['online', 'reduced', 'suspect', 'offline', 'maintenance']
const outcomes: readonly Mark['tone'][] = ['good', 'bad', 'warn', 'quiet', 'running']

/** Hatching, so that no state is its colour alone. */
const Patterns = () => (
  <defs>
    {(['suspect', 'offline', 'maintenance'] as const).map((state) => (
      <pattern
        key={state}
        id={`hatch-${state}`}
        width="7"
        height="7"
        patternUnits="userSpaceOnUse"
        patternTransform={state === 'offline' ? 'rotate(45)' : 'rotate(-45)'}
      >
        <rect class={`ground ${state}`} width="7" height="7" />
        <rect class={`stroke ${state}`} width="2" height="7" />
      </pattern>
    ))}
  </defs>
)

const summaryText = (
  t: TerminalTranslate,
  intervals: readonly PresenceInterval[],
  commands: number,
  range: { readonly from: number; readonly until: number },
): string => {
  const lengths = lengthsOf(intervals, range)
  const said = states.flatMap((state) => {
    const length = lengths[state]
    return length === undefined ? [] : [`${t(`terminal.state.${state}`)}: ${lengthText(t, length)}`]
  })
  return t('timeline.summary', { states: said.join('; '), count: commands })
}

/** The timeline as a picture; its table says the same in words. */
export const TimelinePicture = ({ intervals, windows, chosen, choose }: Parts) => {
  const { t, language, range, commands } = useTerminal()
  const marks = marksOf(commands, range)
  const count = marks.reduce((sum, mark) => sum + mark.commands.length, 0)
  const isChosen = (id: string): boolean =>
    chosen !== undefined && (chosen.kind === 'interval' ? chosen.id === id : chosen.ids.includes(id))
  return (
    <svg class="picture-of-time" role="img" aria-label={summaryText(t, intervals, count, range)}>
      <Patterns />
      <rect class="unknown" x="0" y="16" width="100%" height="16" />
      {barsOf(intervals, range).map(({ interval, place, width }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the table below the picture offers the same by keyboard
        <rect
          key={interval.id}
          class={`bar ${interval.state}${isChosen(interval.id) ? ' chosen' : ''}`}
          x={percent(place)}
          y={interval.state === 'online' ? 16 : 8}
          width={percent(width)}
          height={interval.state === 'online' ? 16 : 32}
          onClick={() => choose({ kind: 'interval', id: interval.id })}
        />
      ))}
      {windows.map((window) => (
        <rect
          key={window.id}
          class="window"
          x={percent(placeOf(range, window.from))}
          y="2"
          width={percent(placeOf(range, window.until) - placeOf(range, window.from))}
          height="4"
        />
      ))}
      <line class="axis" x1="0" x2="100%" y1="58" y2="58" />
      {marks.map((mark) => {
        const ids = mark.commands.map(({ id }) => id)
        return (
          <svg
            key={ids.at(-1)}
            class={`mark ${mark.tone}`}
            x={percent(mark.place)}
            y="58"
            overflow="visible"
            aria-hidden="true"
          >
            {ids.some(isChosen) && <circle class="ring" r="11" />}
            <path d={shapes[mark.tone]} />
            {mark.commands.length > 1 && (
              <text y="-9" text-anchor="middle">
                {mark.commands.length}
              </text>
            )}
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the table below the picture offers the same by keyboard */}
            <rect
              class="touch"
              x="-10"
              y="-16"
              width="20"
              height="32"
              onClick={() => choose({ kind: 'commands', ids })}
            />
          </svg>
        )
      })}
      {ticksOf(range).map(({ at, midnight }, index) => (
        <svg
          key={at}
          class={`tick${midnight ? ' midnight' : ''}${index % 2 === 1 ? ' odd' : ''}`}
          x={percent(placeOf(range, at))}
          overflow="visible"
          aria-hidden="true"
        >
          <line y1="8" y2="78" />
          <text y="90" {...(placeOf(range, at) > 0.94 ? { x: -4, 'text-anchor': 'end' } : { x: 4 })}>
            {midnight ? dateText(at, language) : clockText(at, language)}
          </text>
        </svg>
      ))}
    </svg>
  )
}

/** What the shapes of the timeline mean. */
export const TimelineKey = () => {
  const { t } = useTerminal()
  return (
    <ul class="key small">
      {states.map((state) => (
        <li key={state}>
          <svg width="18" height="12" aria-hidden="true">
            <rect class={`bar ${state}`} width="18" height="12" rx="2" />
          </svg>
          {t(`terminal.state.${state}`)}
        </li>
      ))}
      {outcomes.map((tone) => (
        <li key={tone}>
          <svg class={`mark ${tone}`} width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
            <path d={shapes[tone]} />
          </svg>
          {t(`outcome.${tone}`)}
        </li>
      ))}
    </ul>
  )
}
