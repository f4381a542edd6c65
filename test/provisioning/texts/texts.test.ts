import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Admission } from '../../../protocol/enrolment.ts'
import { setupProblems, setupSteps } from '../../../protocol/setup.ts'
import en from '../../../provisioning/texts/en.json' with { type: 'json' }
import ru from '../../../provisioning/texts/ru.json' with { type: 'json' }
import { isTextKey, languageOf, translator } from '../../../provisioning/texts/texts.ts'
import tt from '../../../provisioning/texts/tt.json' with { type: 'json' }

const all: Readonly<Record<string, Readonly<Record<string, string>>>> = { ru, tt, en }
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()

const everyText = suite('every text of the set-up')

everyText('is there in Russian, Tatar and English, with the same holes', () => {
  for (const [language, texts] of Object.entries(all)) {
    assert.equal(Object.keys(texts).sort(), Object.keys(ru).sort(), `keys of ${language}`)
    for (const [key, text] of Object.entries(texts)) {
      assert.ok(text.trim(), `${language} ${key}`)
      assert.equal(holes(text), holes((ru as Record<string, string>)[key] ?? ''), `${language} ${key}`)
    }
  }
})

everyText('is translated, not copied', () => {
  for (const [key, text] of Object.entries(en)) assert.not.match(text, /[а-яё]/i, key)
  const copied = Object.keys(ru).filter((key) => {
    const text = (ru as Record<string, string>)[key] ?? ''
    return text.length > 16 && (tt as Record<string, string>)[key] === text
  })
  assert.equal(copied, [])
})

everyText('that code makes up from a closed list exists', () => {
  const made = [
    ...setupSteps.flatMap((step) => [`step.${step}`, `step.${step}.what`]),
    ...setupProblems.map((problem) => `problem.${problem}`),
    ...Admission.enum.map((admission) => `admission.${admission}`),
    ...['open', 'running', 'done', 'failed'].map((state) => `state.${state}`),
    ...['good', 'bad', 'absent'].map((state) => `check.${state}`),
  ]
  for (const key of made) assert.ok(isTextKey(key), key)
})

everyText('is used', () => {
  const files = globSync('{agent/setup,fleet/web/field,fleet/cli}/**/*.{ts,tsx}', { exclude: ['**/dist/**'] })
  const sources = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const unused = Object.keys(ru).filter((key) => {
    if (/^(step|problem|admission|state|check|language|depot)\./.test(key)) return false
    return !sources.includes(`'${key}'`)
  })
  assert.equal(unused, [])
})

everyText('of a problem says what happened and what to do', () => {
  for (const language of ['ru', 'tt', 'en'] as const) {
    for (const problem of setupProblems) {
      assert.match(translator(language)(`problem.${problem}`), /^\p{Lu}.*\.$/u)
    }
  }
})
everyText.run()

const theLanguage = suite('the language of the set-up')

theLanguage('is that of the locale, else Russian', () => {
  assert.equal(['tt_RU.UTF-8', 'en-GB', 'ru', 'C', undefined].map(languageOf), ['tt', 'en', 'ru', 'ru', 'ru'])
})
theLanguage.run()
