import { type Language, locales } from '../i18n/texts.ts'
import type { OpsTranslate } from './texts.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const

/** A length of time, in seconds, with its two largest units. */
export const lengthText = (t: OpsTranslate, seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < minute) return t('ops.length.seconds', { seconds: whole })
  if (whole < hour) return t('ops.length.minutes', { minutes: Math.round(whole / minute) })
  if (whole < day) {
    const minutes = Math.floor((whole % hour) / minute)
    const hours = Math.floor(whole / hour)
    return minutes === 0
      ? t('ops.length.hours', { hours })
      : t('ops.length.hours-minutes', { hours, minutes })
  }
  const days = Math.floor(whole / day)
  const hours = Math.floor((whole % day) / hour)
  return hours === 0 || days > 6
    ? t('ops.length.days', { days })
    : t('ops.length.days-hours', { days, hours })
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

/** A day. Not every browser knows the Tatar months. */
export const dayText = (t: OpsTranslate, at: number): string => {
  const date = new Date(at)
  return t('ops.day', { day: date.getDate(), month: t(`ops.month.${months[date.getMonth()] ?? 1}`) })
}

/** A day and a time of it. */
export const momentText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'short' }).format(at)
