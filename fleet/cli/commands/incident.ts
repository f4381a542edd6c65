import { Option, type Command as Program } from 'commander'
import type { Incident, IncidentAct } from '../../api/incident-schemas.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { incidentApi } from '../../web/incident-api.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

const states = {
  open: 'incident.open',
  acknowledged: 'incident.acknowledged',
  resolved: 'incident.resolved',
} as const
const severities = { page: 'incident.page', warn: 'incident.warn', info: 'incident.info' } as const

/** `avyl incident list|show|acknowledge|assign|note|resolve` */
export const addIncidents = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const time = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'short' }).format(at)
  const placeOf = ({ t }: Shell, { district, terminals, villages }: Incident): string => {
    if (district !== undefined) return t('incident.district', { district, count: terminals.length })
    return villages.length === 0 ? t('incident.fleet') : villages.join(', ')
  }
  const line = (open: Shell, incident: Incident): string =>
    [
      ...[incident.id, time(incident.openedAt), open.t(severities[incident.severity])],
      ...[open.t(states[incident.state]), incident.title[language], placeOf(open, incident)],
      incident.assignee ?? '',
    ]
      .join('\t')
      .trimEnd()
  const words = (open: Shell, incident: Incident): string => {
    const { terminals, detail, clearedAt, notes } = incident
    return [
      line(open, incident),
      ...(terminals.length > 0 ? [open.t('incident.terminals', { terminals: terminals.join(', ') })] : []),
      ...(detail === undefined ? [] : [detail]),
      ...(clearedAt === undefined ? [] : [open.t('incident.cleared', { time: time(clearedAt) })]),
      ...notes.map(({ at, by, text }) => `${time(at)}\t${by}\t${text}`),
    ].join('\n')
  }

  const incidents = program
    .command('incident')
    .summary('see what needs a person, and take it')
    .description('What needs a person, or needed one. Each has a rule with a title and what to do.')
  incidents
    .command('list')
    .description('List the incidents that are not resolved, and those of the last day.')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'acknowledged', 'resolved']))
    .addOption(new Option('--days <n>', 'those of so many days').argParser(whole(1, 1000)))
    .action(async ({ state, days }: { state?: Incident['state']; days?: number }) => {
      const open = await shell()
      const all = await incidentApi(open.api).incidents({
        ...(state === undefined ? {} : { state }),
        ...(days === undefined ? {} : { from: Date.now() - days * 86_400_000 }),
      })
      open.answer(all, all.map((one) => line(open, one)).join('\n') || open.t('incident.none'))
    })
  incidents
    .command('show')
    .description('Tell all of one incident, and what to do.')
    .argument('<id>', 'id of an incident')
    .action(async (id: string) => {
      const open = await shell()
      const api = incidentApi(open.api)
      const incident = await api.incident(id)
      const rule = (await api.rules()).find((one) => one.id === incident.rule)
      open.answer(incident, [words(open, incident), '', rule?.runbook[language] ?? ''].join('\n').trimEnd())
    })

  const acting = (name: string, description: string, make: (text: string) => IncidentAct) => {
    const command = incidents.command(name).description(description).argument('<id>', 'id of an incident')
    return command.action(async (id: string, text?: unknown) => {
      const open = await shell()
      const incident = await incidentApi(open.api).act(id, make(typeof text === 'string' ? text : ''))
      open.answer(incident, words(open, incident))
    })
  }
  acting('acknowledge', 'Take an incident, so that nobody is reminded of it.', () => ({ act: 'acknowledge' }))
  acting('assign', 'Give an incident to somebody.', (assignee) => ({ act: 'assign', assignee })).argument(
    '<who>',
    'a name, for other people',
  )
  acting('note', 'Write down what was found or done.', (text) => ({ act: 'note', text })).argument('<text>')
  acting('resolve', 'End an incident.', (text) => ({
    act: 'resolve',
    ...(text === '' ? {} : { text }),
  })).argument('[text]', 'what it was')
}
