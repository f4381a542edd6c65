import { clockText } from '../clock-text.ts'
import { type Language, locales } from '../i18n/texts.ts'
import type { TerminalTranslate } from './texts.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const written = (at: number, language: Language, form: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locales[language], form).format(at)

const date: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' }
/** Browsers know no Tatar months, and would write Russian ones. */
const dateInNumbers: Intl.DateTimeFormatOptions = { day: '2-digit', month: '2-digit' }

/** A day. */
export const dateText = (at: number, language: Language): string =>
  written(at, language, language === 'tt' ? dateInNumbers : date)

/** A time, with its day unless that is today. */
export const momentText = (at: number, language: Language, now: number): string => {
  const today = new Date(at).toDateString() === new Date(now).toDateString()
  return today ? clockText(at, language) : `${dateText(at, language)}, ${clockText(at, language)}`
}

/** A day with its year. */
export const fullDateText = (at: number, language: Language): string =>
  written(at, language, { dateStyle: language === 'tt' ? 'short' : 'long' })

/** A length of time, in milliseconds, by its two largest units. */
export const lengthText = (t: TerminalTranslate, ms: number): string => {
  if (ms < minute) return t('time.seconds', { value: Math.max(0, Math.round(ms / 1000)) })
  if (ms < hour) return t('time.minutes', { value: Math.round(ms / minute) })
  const [large, small, unit, part] =
    ms < day
      ? ([hour, minute, 'time.hours', 'time.minutes'] as const)
      : ([day, hour, 'time.days', 'time.hours'] as const)
  const whole = Math.floor(ms / large)
  const rest = Math.floor((ms % large) / small)
  const most = t(unit, { value: whole })
  return rest === 0 || (large === day && whole > 6) ? most : `${most} ${t(part, { value: rest })}`
}
