import en from './en.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }

/** The languages people read, the first one first. */
export const languages = ['ru', 'tt', 'en'] as const
export type Language = (typeof languages)[number]

/** The name of one text. */
export type TextKey = keyof typeof ru

const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { ru, tt, en }

/** Gives the text of a key with `{name}` replaced by the value of that name. */
export type Translate = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string

/** The texts of one language. */
export const translator =
  (language: Language): Translate =>
  (key, values = {}) =>
    texts[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))

/** Whether a key has a text. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(ru, key)

/** Computers are sold with an English system: that it speaks English is nobody's wish. */
const wished: readonly Language[] = ['ru', 'tt']

const spoken = (among: readonly Language[], wish: string | null | undefined): Language | undefined =>
  among.find((language) => new RegExp(`^${language}([-_.]|$)`, 'i').test(wish ?? ''))

/**
 * The language that a person chose (`en`, `tt_RU.UTF-8`), else Russian or Tatar, whichever the computer wishes first
 * (`tt-RU`), else Russian.
 */
export const chooseLanguage = (
  chosen: string | null | undefined,
  wishes: readonly string[] = [],
): Language => {
  const choice = spoken(languages, chosen)
  if (choice !== undefined) return choice
  for (const wish of wishes) {
    const found = spoken(wished, wish)
    if (found !== undefined) return found
  }
  return 'ru'
}

/** The BCP 47 tag by which dates and numbers are written. */
export const locales: Readonly<Record<Language, string>> = { ru: 'ru-RU', tt: 'tt-RU', en: 'en-GB' }
