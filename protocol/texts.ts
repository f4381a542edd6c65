/** The languages people read, the first one first. */
export const languages = ['ru', 'tt', 'en'] as const
export type Language = (typeof languages)[number]

/** Gives the text of a key with `{name}` replaced by the value of that name. */
export type TranslateKeys<K extends string> = (
  key: K,
  values?: Readonly<Record<string, string | number>>,
) => string

/** Translators into each language, by the texts of all of them. */
export const translatorOf =
  <K extends string>(texts: Readonly<Record<Language, Readonly<Record<K, string>>>>) =>
  (language: Language): TranslateKeys<K> =>
  (key, values = {}) =>
    texts[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
