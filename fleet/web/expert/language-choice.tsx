import { type Language, languages } from '../i18n/texts.ts'
import { useExpert } from './context.ts'

const short: Readonly<Record<Language, string>> = { ru: 'Рус', tt: 'Тат', en: 'Eng' }

/** Every language by its own name, the chosen one marked. */
export const LanguageChoice = () => {
  const { state, dispatch, t } = useExpert()
  return (
    <fieldset class="segments languages">
      <legend class="unseen">{t('language')}</legend>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={state.language === language}
          aria-label={`${short[language]}: ${t(`language.${language}`)}`}
          onClick={() => dispatch({ type: 'language', language })}
        >
          {short[language]}
        </button>
      ))}
    </fieldset>
  )
}
