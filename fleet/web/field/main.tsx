import { render } from 'preact'
import type { SetupState } from '../../../protocol/setup.ts'
import { type Language, languageOf, translator } from '../../../provisioning/texts/texts.ts'
import { agent } from './agent.ts'
import { App } from './app.tsx'

const remembered = 'avyl.field.language'
const root = document.querySelector('#field') ?? document.body

let language: Language = languageOf(localStorage.getItem(remembered) ?? navigator.language)
let state: SetupState | undefined
let lost = false

const draw = (): void => {
  const t = translator(language)
  document.documentElement.lang = language
  document.title = t('title')
  render(<App {...{ state, lost, language, t, choose }} />, root)
}
const choose = (chosen: Language): void => {
  language = chosen
  localStorage.setItem(remembered, chosen)
  draw()
}

agent.follow((heard) => {
  lost = heard === undefined
  state = heard ?? state
  draw()
})
draw()
