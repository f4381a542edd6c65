import { chooseLanguage, type Language } from '../i18n/texts.ts'
import { type Desk, newDesk, type State } from './state.ts'

const languageKey = 'avyl.language'
const desksKey = 'avyl.desks'

/** The language chosen before on this computer, else the one that the browser wishes for. */
export const rememberedLanguage = (): Language =>
  chooseLanguage(localStorage.getItem(languageKey), navigator.languages)

/** Keeps the chosen language on this computer. */
export const rememberLanguage = (language: Language): void => localStorage.setItem(languageKey, language)

interface Remembered {
  readonly user: string
  readonly chosen?: string
  readonly desks: State['desks']
}

/** Keeps order and turns of pages, by their ids alone, until the window is closed. */
export const remember = ({ language, session, chosen, desks }: State): void => {
  rememberLanguage(language)
  if (session == null) return
  const kept: Remembered = { user: session.user, ...(chosen !== undefined && { chosen }), desks }
  sessionStorage.setItem(desksKey, JSON.stringify(kept))
}

/** Leaves nothing of the person who signs out. */
export const forget = (): void => sessionStorage.removeItem(desksKey)

/** A desk as it is taken up after a reload: no file is chosen, and what had no command yet is forgotten. */
const takenUp = ({ print: { file: _, ...print }, ...desk }: Desk): Desk => ({
  ...newDesk,
  ...desk,
  print: { ...print, from: 'pages' },
  works: desk.works.filter((work) => work.command !== undefined),
})

/** What this window held before a reload, if it was the same person's. */
export const recalled = (user: string): Pick<State, 'desks' | 'chosen'> | undefined => {
  try {
    const kept = JSON.parse(sessionStorage.getItem(desksKey) ?? 'null') as Remembered | null
    if (kept?.user !== user) return undefined
    const desks = Object.entries(kept.desks).map(([id, desk]) => [id, takenUp(desk)] as const)
    return { desks: Object.fromEntries(desks), chosen: kept.chosen }
  } catch {
    return undefined
  }
}
