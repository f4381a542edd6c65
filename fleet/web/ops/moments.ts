import { type Language, locales } from '../i18n/texts.ts'
import type { OpsTranslate } from './texts.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A length of time, in seconds, with its two largest units. */
export const lengthText = (t: OpsTranslate, seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < minute) return t('length.seconds', { seconds: whole })
  if (whole < hour) return t('length.minutes', { minutes: Math.round(whole / minute) })
  if (whole < day) {
    const minutes = Math.floor((whole % hour) / minute)
    const hours = Math.floor(whole / hour)
    return minutes === 0 ? t('length.hours', { hours }) : t('length.hours-minutes', { hours, minutes })
  }
  const days = Math.floor(whole / day)
  const hours = Math.floor((whole % day) / hour)
  return hours === 0 || days > 6 ? t('length.days', { days }) : t('length.days-hours', { days, hours })
}

/** How long ago something was, in `now`'s milliseconds. */
export const ageText = (t: OpsTranslate, at: number, now = Date.now()): string =>
  lengthText(t, (now - at) / 1000)

/** A share of 1 as people read it; a share that is not whole never reads as 100 %. */
export const shareText = (share: number, language: Language): string => {
  const rounded = share < 1 ? Math.min(share, 0.999) : 1
  return new Intl.NumberFormat(locales[language], { style: 'percent', maximumFractionDigits: 1 }).format(
    rounded,
  )
}

/** A day. */
export const dayText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { day: 'numeric', month: 'long' }).format(at)

/** A day and a time of it. */
export const momentText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'short' }).format(at)

/** A time of the day. */
export const clockText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { hour: '2-digit', minute: '2-digit' }).format(at)
