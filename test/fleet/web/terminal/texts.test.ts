import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TerminalState } from '../../../../fleet/api/schemas.ts'
import { downtimeReasons } from '../../../../fleet/terminals/history.ts'
import { clockText } from '../../../../fleet/web/clock-text.ts'
import common from '../../../../fleet/web/i18n/ru.json' with { type: 'json' }
import { languages } from '../../../../fleet/web/i18n/texts.ts'
import { commandName } from '../../../../fleet/web/terminal/command-name.ts'
import { eventText, thingText, toldBy } from '../../../../fleet/web/terminal/event-text.ts'
import { groupNames, groups, measured, valueText } from '../../../../fleet/web/terminal/metrics.ts'
import { dateText, lengthText, momentText } from '../../../../fleet/web/terminal/moments.ts'
import { spans } from '../../../../fleet/web/terminal/range.ts'
import en from '../../../../fleet/web/terminal/texts/en.json' with { type: 'json' }
import ru from '../../../../fleet/web/terminal/texts/ru.json' with { type: 'json' }
import tt from '../../../../fleet/web/terminal/texts/tt.json' with { type: 'json' }
import { isTerminalTextKey, terminalTranslator } from '../../../../fleet/web/terminal/texts.ts'
import { logLevels } from '../../../../protocol/capabilities/terminal.ts'
import { commands } from '../../../../protocol/commands.ts'
import { EventMessage, ProfileMessage } from '../../../../protocol/messages.ts'
import { type MetricName, metricNames, vitals } from '../../../../protocol/vitals.ts'

const all: Readonly<Record<string, Readonly<Record<string, string>>>> = { ru, tt, en }
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort()
const t = terminalTranslator('ru')

/** Families of keys that are made in code, from the closed lists they are made of. */
const made = new Set([
  ...downtimeReasons.map((reason) => `cause.${reason}`),
  ...['terminal', 'neighbours', 'person'].map((judge) => `judged.${judge}`),
  ...spans.map((span) => `range.${span}`),
  ...groupNames.map((group) => `group.${group}`),
  ...metricNames.map((metric) => `metric.${metric}`),
  ...Object.values(vitals).map(({ unit }) => `unit.${unit}`),
  ...Object.keys(commands).map((name) => `act.${name}`),
  ...Object.keys(ProfileMessage.properties.capabilities.properties).map((name) => `capability.${name}`),
  ...EventMessage.properties.type.enum.map((type) => `event.${type}`),
  ...['good', 'bad', 'warn', 'quiet', 'running'].map((tone) => `outcome.${tone}`),
  ...['agent', 'kiosk', 'machine'].flatMap((what) =>
    ['', '.do', '.interrupts'].map((part) => `confirm.${what}${part}`),
  ),
  ...logLevels.flatMap((level) => [`level.${level}`, `level.${level}.from`]),
  ...['village', 'district', 'fleet'].map((about) => `planned.of.${about}`),
])

const everyText = suite('every text of the page of a terminal')

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
  const same = new Set(['terminal.title', 'terminal.agent'])
  const copied = Object.entries(ru).filter(
    ([key, text]) =>
      text.length > 16 &&
      !text.startsWith('{') &&
      (tt as Record<string, string>)[key] === text &&
      !same.has(key),
  )
  assert.equal(copied, [])
})

everyText('takes the place of no text that all pages share', () => {
  assert.equal(
    Object.keys(ru).filter((key) => Object.hasOwn(common, key)),
    [],
  )
})

everyText('that code makes up from a closed list exists', () => {
  for (const key of made) assert.ok(isTerminalTextKey(key), key)
})

everyText('is used', () => {
  const sources = globSync('fleet/web/terminal/*.{ts,tsx}')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const unused = Object.keys(ru).filter(
    (key) => !made.has(key) && !/^(check|data|event)\./.test(key) && !sources.includes(`'${key}'`),
  )
  assert.equal(unused, [])
})
everyText.run()

const words = suite('the words of the page of a terminal')

words('name each metric once, in the group where people look for it', () => {
  assert.equal(groupNames.flatMap((name) => [...groups[name]]).sort(), [...metricNames].sort())
  assert.equal(measured('machine', { disk: 1, cpu: 1, outbox: 1 }), ['cpu', 'disk'])
})

words('give each metric in a unit that people count in', () => {
  const say = (metric: MetricName, value: number, like?: number) =>
    valueText(t, 'ru', metric, value, like).replaceAll('\u00a0', ' ')
  assert.is(say('cpu', 0.423), '42 %')
  assert.is(say('network_loss', 0.004), '0,4 %')
  assert.is(say('disk_free', 38 * 1024 ** 3), '38 ГБ')
  assert.is(say('agent_memory', 62 * 1024 ** 2), '62 МБ')
  assert.is(say('agent_memory', 1024 ** 2, 1024 ** 3), '0 ГБ')
  assert.is(say('network_sent', 0), '0 Б/с')
  assert.is(say('network_rtt', 0.085), '85 мс')
  assert.is(say('certificate', 30 * 86_400), '30 дн.')
  assert.is(say('clock_offset', -3), '-3 с')
  assert.is(say('temperature', 51.6), '52 °C')
  assert.is(say('network_signal', -71), '-71 дБм')
  assert.is(say('printer_pages', 12_345), '12 345 стр.')
  assert.is(say('outbox', 17), '17')
  assert.is(say('kiosk', 0), 'нет')
  assert.is(say('ups_on_mains', 1), 'сеть')
  for (const language of languages) {
    for (const metric of metricNames) {
      assert.ok(valueText(terminalTranslator(language), language, metric, 1).length > 0)
    }
  }
})

words('give lengths of time by their two largest units', () => {
  const minute = 60_000
  assert.is(lengthText(t, 12_000), '12 с')
  assert.is(lengthText(t, 5 * minute), '5 мин')
  assert.is(lengthText(t, 125 * minute), '2 ч 5 мин')
  assert.is(lengthText(t, 120 * minute), '2 ч')
  assert.is(lengthText(t, 27 * 60 * minute), '1 дн. 3 ч')
  assert.is(lengthText(t, 10 * 24 * 60 * minute + 60 * minute), '10 дн.')
})

words('give a time, with its day unless that is today', () => {
  const now = new Date(2026, 10, 21, 12, 30).getTime()
  assert.is(momentText(now, 'ru', now), clockText(now, 'ru'))
  const before = now - 86_400_000
  assert.is(momentText(before, 'ru', now), `${dateText(before, 'ru')}, ${clockText(before, 'ru')}`)
  assert.is(dateText(before, 'tt'), '20.11')
})

words('keep what nobody has words for as it is', () => {
  assert.is(commandName(t, 'printer.print'), 'Печать')
  assert.is(commandName(t, '<b>x</b>'), '<b>x</b>')
  assert.is(eventText(t, 'never-heard-of'), 'never-heard-of')
  assert.is(thingText(t, 'camera'), 'Камера')
  assert.is(thingText(t, 'flux'), 'flux')
})

words('tell of every kind of event, also of those that only the fleet sees', () => {
  const seenByFleet = ['agent-changed', 'devices-changed', 'configuration-refused']
  const ofIdentities = ['claim-locked', 'identity-revoked', 'identity-quarantined']
  for (const kind of [...EventMessage.properties.type.enum, ...seenByFleet, ...ofIdentities])
    assert.is.not(eventText(t, kind), kind)
})

words('tell what an event is about', () => {
  assert.equal(
    toldBy(t, {
      capability: 'printer',
      reason: 'media-jam',
      planned: false,
      code: 7,
      about: 'used-twice',
      x: 'y',
    }),
    [
      { name: 'устройство', value: 'Принтер' },
      { name: 'причина', value: 'Замятие бумаги' },
      { name: 'по плану', value: 'нет' },
      { name: 'код', value: '7' },
      { name: 'подробно', value: t('identity.used-twice') },
      { name: 'x', value: 'y' },
    ],
  )
  assert.equal(toldBy(t, { about: 'rolledback' }), [{ name: 'подробно', value: t('config.rolledback') }])
})

words('have one for each state', () => {
  for (const state of TerminalState.enum) assert.ok(t(`terminal.state.${state}`))
})
words.run()
