import type { StateReason } from '../../../protocol/capabilities/printer.ts'
import type { Terminal, TerminalState } from '../../api/schemas.ts'
import { reasonText } from '../i18n/faults.ts'
import { type Language, locales, type Translate } from '../i18n/texts.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet'

/** A state for the eye: a shape and a colour, always with its words. */
export interface Sign {
  readonly tone: Tone
  readonly text: string
}

const tones: Readonly<Record<TerminalState, Tone>> = {
  online: 'good',
  reduced: 'warn',
  suspect: 'warn',
  offline: 'bad',
  maintenance: 'quiet',
  'never-seen': 'quiet',
  retired: 'quiet',
}

/** How a state looks beside its word. */
export const toneOf = (state: TerminalState): Tone => tones[state]

/** Whether work can be begun there; a terminal in its grace time may be back in a moment. */
export const isAvailable = ({ state }: Terminal): boolean =>
  state === 'online' || state === 'reduced' || state === 'suspect'

const severities: readonly StateReason['severity'][] = ['report', 'warning', 'error']

/**
 * What a printer complains of, the worst first. Plain reports are left out while it can print; but an idle printer
 * without paper may call that a report (RFC 8011 5.4.12 leaves it free).
 */
export const complaints = (reasons: readonly StateReason[], ok = true): readonly StateReason[] =>
  reasons
    .filter(({ reason, severity }) => reason !== 'none' && (severity !== 'report' || !ok))
    .toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))

/** The hour today, else the day. */
export const timeText = (at: number, language: Language, now = Date.now()): string => {
  const today = new Date(at).toDateString() === new Date(now).toDateString()
  const form = today ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' }
  return new Intl.DateTimeFormat(locales[language], form as Intl.DateTimeFormatOptions).format(at)
}

/** What a terminal that is away said of its devices holds no more. */
const awaySign = (terminal: Terminal, t: Translate): Sign => ({
  tone: 'quiet',
  text: t(`terminal.state.${terminal.state}`),
})

/** How its scanner is. */
export const scannerSign = (terminal: Terminal, t: Translate): Sign => {
  if (!isAvailable(terminal)) return awaySign(terminal, t)
  const report = terminal.capabilities.scanner
  if (report?.present !== true) return { tone: 'bad', text: t('scan.absent') }
  return report.ok ? { tone: 'good', text: t('scan.ready') } : { tone: 'bad', text: t('scan.fault') }
}

/** How its printer is: the worst complaint, or its state. */
export const printerSign = (terminal: Terminal, t: Translate): Sign => {
  if (!isAvailable(terminal)) return awaySign(terminal, t)
  const report = terminal.capabilities.printer
  if (report?.present !== true) return { tone: 'bad', text: t('printer.absent') }
  const printer = report.printer
  const worst = complaints(printer?.reasons ?? [], report.ok)[0]
  if (worst !== undefined) {
    return {
      tone: worst.severity === 'error' || !report.ok ? 'bad' : 'warn',
      text: reasonText(t, worst.reason),
    }
  }
  if (!report.ok) return { tone: 'bad', text: t('printer.fault') }
  const state = printer?.state ?? 'unknown'
  const tone = state === 'stopped' ? 'bad' : state === 'unknown' ? 'quiet' : 'good'
  return { tone, text: t(`printer.state.${state}`) }
}

/** How a terminal is, in one line: its presence, and when it is there the first thing that is wrong with it. */
export const terminalSign = (terminal: Terminal, language: Language, t: Translate): Sign => {
  const tone = toneOf(terminal.state)
  const text = t(`terminal.state.${terminal.state}`)
  if (terminal.state === 'offline' || terminal.state === 'suspect') {
    return { tone, text: t('terminal.since', { state: text, time: timeText(terminal.since, language) }) }
  }
  if (!isAvailable(terminal)) return { tone, text }
  const wrong = [scannerSign(terminal, t), printerSign(terminal, t)].find((sign) => sign.tone !== 'good')
  return wrong?.tone === 'bad' || wrong?.tone === 'warn' ? wrong : { tone, text }
}
