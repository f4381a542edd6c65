import { type Language, languages, type Translate } from '../i18n/texts.ts'

const short: Readonly<Record<Language, string>> = { ru: 'Рус', tt: 'Тат', en: 'Eng' }

interface Choosing {
  readonly language: Language
  readonly t: Translate
  readonly choose: (language: Language) => void
}

/** Every language by its own name, the chosen one marked. */
export const LanguageButtons = ({ language: chosen, t, choose }: Choosing) => (
  <fieldset class="segments languages">
    <legend class="unseen">{t('language')}</legend>
    {languages.map((language) => (
      <button
        key={language}
        type="button"
        lang={language}
        aria-pressed={chosen === language}
        aria-label={`${short[language]}: ${t(`language.${language}`)}`}
        onClick={() => choose(language)}
      >
        {short[language]}
      </button>
    ))}
  </fieldset>
)
