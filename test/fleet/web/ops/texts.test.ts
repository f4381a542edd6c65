import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DowntimeReason, Forecast, MaintenanceWish, Morning } from '../../../../fleet/api/health-schemas.ts'
import { IncidentState, Severity } from '../../../../fleet/api/incident-schemas.ts'
import { isTextKey } from '../../../../fleet/web/i18n/texts.ts'
import { views } from '../../../../fleet/web/ops/place.ts'
import en from '../../../../fleet/web/ops/texts/en.json' with { type: 'json' }
import ru from '../../../../fleet/web/ops/texts/ru.json' with { type: 'json' }
import tt from '../../../../fleet/web/ops/texts/tt.json' with { type: 'json' }
import { isOpsTextKey } from '../../../../fleet/web/ops/texts.ts'
import { ProfileMessage } from '../../../../protocol/messages.ts'

type Texts = Readonly<Record<string, string>>
const all: Readonly<Record<string, Texts>> = { ru, tt, en }
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()

const changes = Morning.properties.terminals.items.properties.changedOvernight.items.enum

/** Families of keys that are made in code, from the closed lists they are made of. */
const made = new Set([
  ...views.map((view) => `ops.nav.${view}`),
  ...DowntimeReason.enum.map((reason) => `ops.downtime.reason.${reason}`),
  ...Forecast.properties.what.enum.map((what) => `ops.runs-out.${what}`),
  ...MaintenanceWish.properties.about.enum.map((about) => `ops.maintenance.about.${about}`),
  ...IncidentState.enum.map((state) => `ops.incident.state.${state}`),
  ...Severity.enum.map((severity) => `ops.incident.severity.${severity}`),
  ...changes.map((change) => `ops.changed.${change}`),
  ...Array.from({ length: 12 }, (_, month) => `ops.month.${month + 1}`),
  ...['all', 'presence', ...Object.keys(ProfileMessage.properties.capabilities.properties)].map(
    (name) => `ops.capability.${name}`,
  ),
  ...Object.keys(ProfileMessage.properties.capabilities.properties).map((name) => `ops.bar.${name}`),
  ...['now', 'coming', 'over'].map((when) => `ops.maintenance.${when}`),
  ...['day', 'week', 'month'].map((range) => `ops.downtimes.range.${range}`),
  ...['unresolved', 'resolved'].map((filter) => `ops.incidents.filter.${filter}`),
  ...['opened', 'flapping', 'reminder', 'recovered'].map((kind) => `ops.notice.${kind}`),
  ...['denied', 'unavailable'].map((why) => `ops.notify.${why}`),
])

const everyText = suite('every text of the ops pages')

everyText('is there in Russian, Tatar and English, says something and has the same holes', () => {
  for (const [language, texts] of Object.entries(all)) {
    assert.equal(Object.keys(texts).sort(), Object.keys(ru).sort(), `keys of ${language}`)
    for (const [key, text] of Object.entries(texts)) {
      assert.ok(text.trim(), `${language} ${key}`)
      assert.equal(holes(text), holes((ru as Texts)[key] ?? ''), `${language} ${key}`)
    }
  }
})

everyText('is translated, not copied', () => {
  for (const [key, text] of Object.entries(en)) assert.not.match(text, /[а-яёәөүҗңһ]/i, key)
  const copied = Object.keys(ru).filter((key) => {
    const text = (ru as Texts)[key] ?? ''
    return text.length > 16 && (tt as Texts)[key] === text
  })
  assert.equal(copied, [])
})

everyText('hides none that all pages share', () => {
  assert.equal(Object.keys(ru).filter(isTextKey), [])
})

everyText('that code makes up from a closed list exists', () => {
  for (const key of made) assert.ok(isOpsTextKey(key), key)
})

everyText('is used', () => {
  const sources = globSync('fleet/web/ops/*.{ts,tsx}')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  assert.equal(
    Object.keys(ru).filter((key) => !made.has(key) && !sources.includes(`'${key}'`)),
    [],
  )
})
everyText.run()
