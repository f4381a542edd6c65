import en from './en.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }

/** The languages of a terminal's setting up, the first one first. */
export const languages = ['ru', 'tt', 'en'] as const
export type Language = (typeof languages)[number]

/** The name of one text. */
export type TextKey = keyof typeof ru

const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { ru, tt, en }

/** Gives the text of a key with `{name}` replaced by the value of that name. */
export type Translate = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string

/** The texts of one language, for the field page, `avyl-setup`, the acceptance sheet and the labels. */
export const translator =
  (language: Language): Translate =>
  (key, values = {}) =>
    texts[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))

/** Whether a key has a text. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(ru, key)

/** The language of a locale (`tt_RU.UTF-8`); Russian where it is another one. */
export const languageOf = (locale: string | undefined): Language =>
  languages.find((language) => new RegExp(`^${language}([-_.]|$)`, 'i').test(locale ?? '')) ?? 'ru'
