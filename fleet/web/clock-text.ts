import { type Language, locales } from './i18n/texts.ts'

/** A time of the day. */
export const clockText = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], { hour: '2-digit', minute: '2-digit' }).format(at)
