import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { problemCodes, TerminalState } from '../../../../fleet/api/schemas.ts'
import en from '../../../../fleet/web/i18n/en.json' with { type: 'json' }
import { faultText, problemText, reasonText } from '../../../../fleet/web/i18n/faults.ts'
import ru from '../../../../fleet/web/i18n/ru.json' with { type: 'json' }
import { chooseLanguage, isTextKey, languages, translator } from '../../../../fleet/web/i18n/texts.ts'
import tt from '../../../../fleet/web/i18n/tt.json' with { type: 'json' }
import { PrinterState } from '../../../../protocol/capabilities/printer.ts'
import { ScanMode, ScanSource } from '../../../../protocol/capabilities/scanner.ts'
import { terminalCommands } from '../../../../protocol/capabilities/terminal.ts'
import { CleanUp } from '../../../../protocol/configuration.ts'
import { errorCodes } from '../../../../protocol/errors.ts'
import { recoverySteps } from '../../../../protocol/firmware-profile.ts'
import { commandStates, Progress } from '../../../../protocol/messages.ts'

const all: Readonly<Record<string, Readonly<Record<string, string>>>> = { ru, tt, en }
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()

/** Families of keys that are made in code, from the closed lists they are made of. */
const made = new Set([
  ...errorCodes.flatMap((code) => ['what', 'safe', 'do'].map((part) => `fault.${code}.${part}`)),
  ...problemCodes.map((code) => `problem.${code}`),
  'problem.unreachable',
  ...commandStates.map((state) => `command.state.${state}`),
  ...TerminalState.enum.map((state) => `terminal.state.${state}`),
  ...PrinterState.enum.map((state) => `printer.state.${state}`),
  ...Progress.properties.step.enum.map((step) => `step.${step}`),
  ...ScanSource.enum.map((source) => `source.${source}`),
  ...ScanMode.enum.map((mode) => `mode.${mode}`),
  ...CleanUp.enum.map((cleanUp) => `scan.clean.${cleanUp}`),
  ...languages.map((language) => `language.${language}`),
  ...['connecting', 'live', 'lost'].map((link) => `link.${link}`),
  ...recoverySteps.map((step) => `recovery.${step}`),
  ...terminalCommands['terminal.restart'].input.properties.what.enum.map((what) => `restart.${what}`),
])

const everyText = suite('every text of the pages')

everyText('is there in Russian, Tatar and English, and says something', () => {
  for (const [language, texts] of Object.entries(all)) {
    assert.equal(Object.keys(texts).sort(), Object.keys(ru).sort(), `keys of ${language}`)
    for (const [key, text] of Object.entries(texts)) assert.ok(text.trim(), `${language} ${key}`)
  }
})

everyText('has the same holes in each language', () => {
  for (const [key, text] of Object.entries(ru)) {
    for (const [language, texts] of Object.entries(all)) {
      assert.equal(holes(texts[key] ?? ''), holes(text), `${language} ${key}`)
    }
  }
})

everyText('is translated, not copied', () => {
  const same = new Set(['app.name', 'printer.percent', 'printer.tray', 'printer.supply'])
  for (const [key, text] of Object.entries(ru)) {
    const english = (en as Record<string, string>)[key]
    assert.ok(same.has(key) || english !== text, `${key} is not translated into English`)
    assert.not.match(english ?? '', /[а-яё]/i, `${key} holds Russian letters in English`)
  }
  const copied = Object.keys(ru).filter((key) => {
    const text = (ru as Record<string, string>)[key] ?? ''
    return text.length > 16 && (tt as Record<string, string>)[key] === text
  })
  assert.equal(copied, [])
})

everyText('that code makes up from a closed list exists', () => {
  for (const key of made) assert.ok(isTextKey(key), key)
})

everyText('is used', () => {
  const sources = globSync('fleet/{web,cli}/**/*.{ts,tsx}', { exclude: ['**/dist/**'] })
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const unused = Object.keys(ru).filter((key) => {
    if (made.has(key) || /^(reason|duplex|supply)\./.test(key)) return false
    if (/^fault\.[a-z-]+\.(scanner|printer)\.(what|safe|do)$/.test(key)) return false
    return !sources.includes(`'${key}'`)
  })
  assert.equal(unused, [])
})
everyText.run()

const aFault = suite('a fault')

aFault('says in each language what happened, what is safe and what to do', () => {
  for (const language of languages) {
    const t = translator(language)
    for (const code of errorCodes) {
      for (const command of ['scanner.scan', 'printer.print', 'copier.copy']) {
        const fault = faultText(t, code, command)
        for (const text of [fault.what, fault.safe, fault.do]) assert.match(text, /^\p{Lu}.*\.$/u)
      }
    }
  }
})

aFault('names the device that has it', () => {
  const t = translator('en')
  assert.is(faultText(t, 'jam', 'scanner.scan').what, 'A sheet is jammed in the feeder.')
  assert.is(faultText(t, 'jam', 'printer.print').what, 'Paper is jammed in the printer.')
  assert.is(faultText(t, 'jam', 'copier.copy').what, 'Paper is jammed in the device.')
  assert.is(faultText(t, 'device-absent', 'scanner.scan').what, 'The scanner was not found.')
})

aFault('with an unknown outcome asks to look before printing again', () => {
  const fault = faultText(translator('en'), 'unknown-outcome', 'printer.print')
  assert.match(fault.safe, /may have been printed/)
  assert.match(fault.do, /Look .* before you print again/)
})

aFault('of the API has a text for every code', () => {
  for (const language of languages) {
    for (const code of [...problemCodes, 'unreachable'] as const) {
      assert.ok(problemText(translator(language), code).length > 20)
    }
  }
})

aFault('that a printer names by an unheard-of keyword still says something', () => {
  const t = translator('tt')
  assert.is(reasonText(t, 'media-empty'), 'Кәгазь юк')
  assert.is(reasonText(t, 'com.example-flux-capacitor'), reasonText(t, 'other'))
})
aFault.run()

const theLanguage = suite('the language')

theLanguage('is the chosen one, whatever the computer wishes', () => {
  assert.is(chooseLanguage('en_GB.UTF-8'), 'en')
  assert.is(chooseLanguage('tt', ['ru-RU']), 'tt')
  assert.is(chooseLanguage('ru', ['tt-RU']), 'ru')
})

theLanguage('is Russian until one is chosen, or Tatar where the computer wishes it before Russian', () => {
  assert.is(chooseLanguage(null, ['tt-RU', 'ru']), 'tt')
  assert.is(chooseLanguage(undefined, ['en-US', 'en', 'tt']), 'tt')
  assert.is(chooseLanguage(null, ['ru-RU', 'tt']), 'ru')
  assert.is(chooseLanguage(null, ['en-US', 'en']), 'ru')
  assert.is(chooseLanguage('de_DE.UTF-8', ['de-DE', 'fr']), 'ru')
  assert.is(chooseLanguage(null, ['ttj']), 'ru')
})

theLanguage('fills the holes of a text and leaves a missing value empty', () => {
  assert.is(translator('en')('page.of', { number: 2, count: 3 }), 'Page 2 of 3')
  assert.is(translator('en')('page.number'), 'Page ')
})
theLanguage.run()
