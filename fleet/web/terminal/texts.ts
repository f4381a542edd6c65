import { type TranslateKeys, translatorOf } from '../../../protocol/texts.ts'
import commonEn from '../i18n/en.json' with { type: 'json' }
import commonRu from '../i18n/ru.json' with { type: 'json' }
import commonTt from '../i18n/tt.json' with { type: 'json' }
import en from './texts/en.json' with { type: 'json' }
import ru from './texts/ru.json' with { type: 'json' }
import tt from './texts/tt.json' with { type: 'json' }

/** The name of one text of the page of a terminal. */
export type TerminalTextKey = keyof typeof ru

/** Gives the texts of the page of a terminal, and those that all pages share. */
export type TerminalTranslate = TranslateKeys<TerminalTextKey | keyof typeof commonRu>

/** The texts of one language. */
export const terminalTranslator = translatorOf<TerminalTextKey | keyof typeof commonRu>({
  ru: { ...commonRu, ...ru },
  tt: { ...commonTt, ...tt },
  en: { ...commonEn, ...en },
})

/** Whether the page of a terminal has a text of this key. */
export const isTerminalTextKey = (key: string): key is TerminalTextKey => Object.hasOwn(ru, key)
