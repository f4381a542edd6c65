import { readFile } from 'node:fs/promises'
import type { Command as Program } from 'commander'
import type { AlertRuleView } from '../../api/incident-schemas.ts'
import { ApiProblem } from '../../web/api.ts'
import type { Language } from '../../web/i18n/texts.ts'
import { incidentApi } from '../../web/incident-api.ts'
import { UsageError } from '../exit.ts'
import type { Shell } from '../shell.ts'

const severities = { page: 'incident.page', warn: 'incident.warn', info: 'incident.info' } as const

const readRule = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON`, { cause })
  }
}

/** `avyl alert-rule list|show|set|enable|disable|reset` */
export const addAlertRules = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const line = ({ t }: Shell, { id, severity, enabled, origin, title }: AlertRuleView): string => {
    const marks = [...(enabled ? [] : [t('rule.off')]), ...(origin === 'fleet' ? [t('rule.changed')] : [])]
    return [id, t(severities[severity]), title[language], marks.join(', ')].join('\t').trimEnd()
  }
  const find = async (open: Shell, id: string): Promise<AlertRuleView> => {
    const found = (await incidentApi(open.api).rules()).find((one) => one.id === id)
    if (!found) throw new ApiProblem('not-found', 'There is no such rule')
    return found
  }

  const rules = program
    .command('alert-rule')
    .summary('see and change what people are alerted to')
    .description('When something is worth a person’s time, who hears of it, and what is to be done.')
  rules
    .command('list')
    .description('List the rules.')
    .action(async () => {
      const open = await shell()
      const all = await incidentApi(open.api).rules()
      open.answer(all, all.map((rule) => line(open, rule)).join('\n'))
    })
  rules
    .command('show')
    .description('Show one rule whole, as JSON that `set` takes.')
    .argument('<id>', 'id of a rule')
    .action(async (id: string) => {
      const open = await shell()
      const rule = await find(open, id)
      open.answer(rule, JSON.stringify(rule, null, 2))
    })
  rules
    .command('set')
    .description('Add a rule or change one.')
    .argument('<id>', 'id of a rule')
    .argument('<file>', 'a file with the rule as JSON')
    .action(async (id: string, file: string) => {
      const rule = await readRule(file)
      const open = await shell()
      const kept = await incidentApi(open.api).putRule(id, rule)
      open.answer(kept, line(open, kept))
    })
  const switching = (name: string, enabled: boolean, description: string) =>
    rules
      .command(name)
      .description(description)
      .argument('<id>', 'id of a rule')
      .action(async (id: string) => {
        const open = await shell()
        const kept = await incidentApi(open.api).putRule(id, { ...(await find(open, id)), enabled })
        open.answer(kept, line(open, kept))
      })
  switching('enable', true, 'Let a rule hold.')
  switching('disable', false, 'Let a rule hold no more; incidents that it raised end.')
  rules
    .command('reset')
    .description('Take back what people made of a rule.')
    .argument('<id>', 'id of a rule')
    .action(async (id: string) => {
      const open = await shell()
      await incidentApi(open.api).resetRule(id)
      open.answer({ id, reset: true }, open.t('rule.was-reset', { id }))
    })
}
