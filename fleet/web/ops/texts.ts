import { type TranslateKeys, translatorOf } from '../../../protocol/texts.ts'
import commonEn from '../i18n/en.json' with { type: 'json' }
import commonRu from '../i18n/ru.json' with { type: 'json' }
import commonTt from '../i18n/tt.json' with { type: 'json' }
import en from './texts/en.json' with { type: 'json' }
import ru from './texts/ru.json' with { type: 'json' }
import tt from './texts/tt.json' with { type: 'json' }

/** The name of one text of the ops pages. */
export type OpsTextKey = keyof typeof ru

/** Gives the texts of the ops pages, and those that all pages share. */
export type OpsTranslate = TranslateKeys<OpsTextKey | keyof typeof commonRu>

/** The texts of one language. */
export const opsTranslator = translatorOf<OpsTextKey | keyof typeof commonRu>({
  ru: { ...commonRu, ...ru },
  tt: { ...commonTt, ...tt },
  en: { ...commonEn, ...en },
})

/** Whether the ops pages have a text of this key. */
export const isOpsTextKey = (key: string): key is OpsTextKey => Object.hasOwn(ru, key)
