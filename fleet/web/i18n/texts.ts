import { type Language, languages, type TranslateKeys, translatorOf } from '../../../protocol/texts.ts'
import en from './en.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }

export { type Language, languages }

/** The name of one text. */
export type TextKey = keyof typeof ru

/** Gives the text of a key, with what goes into it. */
export type Translate = TranslateKeys<TextKey>

/** The texts of one language. */
export const translator = translatorOf<TextKey>({ ru, tt, en })

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
