import { defaultConfiguration } from '../../../protocol/configuration.ts'
import { type Language, translatorOf } from '../../../protocol/texts.ts'
import type { Incident } from '../../api/incident-schemas.ts'
import type { Notice } from '../notice.ts'
import en from '../texts/en.json' with { type: 'json' }
import ru from '../texts/ru.json' with { type: 'json' }
import tt from '../texts/tt.json' with { type: 'json' }
import type { Message } from './message.ts'

type Key = keyof typeof ru

const texts = translatorOf<Key>({ ru, tt, en })
const locales = { ru: 'ru-RU', tt: 'tt-RU', en: 'en-GB' } as const
const mostNotices = 50
const subjectLength = 150

/** A message as people read it. */
export interface Words {
  readonly subject: string
  readonly text: string
}

/** Words of devices and people on one line, without what a header or a terminal would obey. */
const plain = (words: string): string => words.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

const timeOf = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(locales[language], {
    dateStyle: 'short',
    timeStyle: 'long',
    timeZone: defaultConfiguration.openingHours.timeZone,
  }).format(at)

const placeOf = ({ district, villages, terminals }: Incident, language: Language): string => {
  const t = texts(language)
  if (district !== undefined) return t('alert.district', { district, count: terminals.length })
  return villages.length > 0 ? villages.join(', ') : t('alert.fleet')
}

const titleOf = ({ kind, incident }: Notice, language: Language): string => {
  const t = texts(language)
  const [title, place] = [incident.title[language], placeOf(incident, language)]
  const severity = t(`alert.severity.${incident.severity}`)
  return plain(t(`alert.${kind}`, { severity, title, place }))
}

const bodyOf = (notice: Notice, language: Language): string => {
  const t = texts(language)
  const { incident, kind, runbook } = notice
  const lines = [
    titleOf(notice, language),
    '',
    t('alert.since', { time: timeOf(incident.openedAt, language) }),
    ...(incident.clearedAt === undefined
      ? []
      : [t('alert.until', { time: timeOf(incident.clearedAt, language) })]),
    ...(incident.villages.length > 0
      ? [t('alert.villages', { villages: incident.villages.map(plain).join(', ') })]
      : []),
    ...(incident.terminals.length > 0
      ? [t('alert.terminals', { terminals: incident.terminals.join(', ') })]
      : []),
    ...(incident.detail === undefined ? [] : [t('alert.detail', { detail: plain(incident.detail) })]),
    t('alert.incident', { id: incident.id }),
  ]
  return kind === 'recovered'
    ? lines.join('\n')
    : [...lines, '', t('alert.runbook'), runbook[language]].join('\n')
}

/** A message in words; a digest has one line for each notice, so that a storm can be read. */
export const wordsOf = ({ notices, test }: Message, language: Language): Words => {
  const t = texts(language)
  if (test) return { subject: t('alert.test.subject'), text: t('alert.test.text') }
  const [only, ...others] = notices
  if (only && others.length === 0) {
    return { subject: titleOf(only, language).slice(0, subjectLength), text: bodyOf(only, language) }
  }
  const shown = notices.slice(-mostNotices)
  const lines = shown.map((notice) => `${timeOf(notice.at, language)}  ${titleOf(notice, language)}`)
  const left = notices.length - shown.length
  const more = left > 0 ? [t('alert.digest.more', { count: left })] : []
  return {
    subject: t('alert.digest.subject', { count: notices.length }),
    text: [t('alert.digest.text', { count: notices.length }), '', ...lines, ...more].join('\n'),
  }
}
