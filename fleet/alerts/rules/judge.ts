import { type MetricName, vitals } from '../../../protocol/vitals.ts'
import type { AlertRule } from '../../api/incident-schemas.ts'
import type { Terminal, TerminalState } from '../../api/schemas.ts'

/** What a sign says to a rule; without `bad` it says nothing, and what was known stays. */
export interface Judgement {
  readonly bad: boolean | undefined
  /** In words of the device or the fleet. */
  readonly detail?: string
}

type Condition = AlertRule['when']

const speaks: ReadonlySet<TerminalState> = new Set(['online', 'reduced'])
const counts: ReadonlySet<TerminalState> = new Set(['online', 'reduced', 'never-seen', 'retired'])

const ofState = (states: readonly string[], state: TerminalState): Judgement => {
  if (states.includes(state)) return { bad: true }
  // Who is away for a moment, or is being worked on, is neither well nor lost.
  return { bad: counts.has(state) ? false : undefined }
}

/** What a terminal's state and capabilities say to a rule about them. */
export const judgeTerminal = (when: Condition, terminal: Terminal): Judgement | undefined => {
  if ('state' in when) return ofState(when.state, terminal.state)
  if (!('capability' in when)) return undefined
  if (terminal.state === 'retired') return { bad: false }
  // Nobody knows how the devices of a terminal are that is not there.
  const report = speaks.has(terminal.state) ? terminal.capabilities[when.capability] : undefined
  if (!report) return { bad: undefined }
  return { bad: !report.ok, ...(report.detail === undefined ? {} : { detail: report.detail }) }
}

/** What a value says to a rule about its metric; `before` is what was so: on the way back it has to go further. */
export const judgeMetric = (
  when: Extract<Condition, { readonly metric: MetricName }>,
  value: number | undefined,
  before: boolean,
): Judgement => {
  if (value === undefined) return { bad: undefined }
  const { above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY, hysteresis } = when
  const margin = before ? hysteresis : 0
  const bad = value > above - margin || value < below + margin
  return { bad, detail: `${when.metric} ${Number(value.toPrecision(3))} (${vitals[when.metric].unit})` }
}
