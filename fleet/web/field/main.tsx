import { render } from 'preact'
import type { SetupState } from '../../../protocol/setup.ts'
import { type Language, languageOf, translator } from '../../../provisioning/texts/texts.ts'
import { agent } from './agent.ts'
import { App } from './app.tsx'

const remembered = 'avyl.field.language'
const root = document.querySelector('#field') ?? document.body

const before = localStorage.getItem(remembered)

let chosen: Language | undefined = before === null ? undefined : languageOf(before)
let state: SetupState | undefined
let lost = false

const draw = (): void => {
  const language = chosen ?? state?.languages[0] ?? languageOf(navigator.language)
  const t = translator(language)
  document.documentElement.lang = language
  document.title = t('title')
  render(<App {...{ state, lost, language, t, choose }} />, root)
}
const choose = (language: Language): void => {
  chosen = language
  localStorage.setItem(remembered, language)
  draw()
}

agent.follow((heard) => {
  lost = heard === undefined
  state = heard ?? state
  draw()
})
draw()
