import { type Language, languages, type TranslateKeys, translatorOf } from '../../protocol/texts.ts'
import en from './en.json' with { type: 'json' }
import ru from './ru.json' with { type: 'json' }
import tt from './tt.json' with { type: 'json' }

export { type Language, languages }

/** The name of one text. */
export type TextKey = keyof typeof ru

/** Gives the text of a key, with what goes into it. */
export type Translate = TranslateKeys<TextKey>

/** The texts of one language, for the field page, `avyl-setup`, the acceptance sheet and the labels. */
export const translator = translatorOf<TextKey>({ ru, tt, en })

/** Whether a key has a text. */
export const isTextKey = (key: string): key is TextKey => Object.hasOwn(ru, key)

/** The language of a locale (`tt_RU.UTF-8`); Russian where it is another one. */
export const languageOf = (locale: string | undefined): Language =>
  languages.find((language) => new RegExp(`^${language}([-_.]|$)`, 'i').test(locale ?? '')) ?? 'ru'
