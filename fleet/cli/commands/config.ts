import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command as Program } from 'commander'
import { type Json, type JsonObject, leavesOf, pointer } from '../../../protocol/layers.ts'
import type { Change, ConfigurationState, LayerOutcome } from '../../api/configuration-schemas.ts'
import { configurationApi } from '../../web/configuration-api.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { UsageError } from '../exit.ts'
import { parseLayer, parsePath, parseValue, withoutValue, withValue } from '../layer-content.ts'
import type { Shell } from '../shell.ts'
import { addConfigGroups } from './config-groups.ts'
import { whole } from './options.ts'

interface WriteOptions {
  readonly note?: string
  readonly dryRun?: true
}

const driftTexts = {
  'never-reported': 'config.never-reported',
  behind: 'config.behind',
  rejected: 'config.rejected',
  rolledback: 'config.rolledback',
} as const

const stateLine = ({ t }: Shell, language: Language, state: ConfigurationState): string => {
  const { drift, reported, terminal, village, version } = state
  const time = (at: number) =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' }).format(at)
  const words = drift
    ? t('config.since', { state: t(driftTexts[drift.reason]), time: time(drift.since) })
    : t(reported?.status === 'trial' ? 'config.trial' : 'config.applied')
  const has = t('config.versions', { version, has: reported?.version ?? 0 })
  const errors = (reported?.errors ?? []).map((error) => `\n  ${error.path}: ${error.text}`)
  return `${terminal}\t${village}\t${has}\t${words}${errors.join('')}`
}

const changeLine = ({ path, before, after }: Change): string =>
  `  ${path}: ${JSON.stringify(before) ?? '–'} → ${JSON.stringify(after) ?? '–'}`

const outcomeWords = ({ t }: Shell, { layer, terminals }: LayerOutcome, dryRun: boolean): string => {
  const values = { version: layer.version, count: terminals.length }
  const [first] = terminals
  const example = first ? `\n${first.terminal}:\n${first.changes.map(changeLine).join('\n')}` : ''
  return `${t(dryRun ? 'config.would' : 'config.written', values)}${example}`
}

const readJsonFile = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'))
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON`, { cause })
  }
}

const layers = `
A layer is fleet, group:<name>, village:<name> or terminal:<id>; each lies over those before it, all over the defaults.
A path is written scan.dpi or /scan/dpi, a value as JSON (300, true, '["tt","ru"]') or as plain text.`

/** `avyl config show|set|unset|edit-file|history|diff|rollback|groups` */
export const addConfig = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const config = program
    .command('config')
    .summary('see and change how terminals are configured')
    .description('What terminals should have, and what they have.')
    .addHelpText('after', layers)

  const change = async (
    layer: string,
    next: (content: JsonObject) => unknown,
    { note, dryRun = false }: { readonly note?: string; readonly dryRun?: boolean },
  ) => {
    const address = parseLayer(layer)
    const open = await shell()
    const api = configurationApi(open.api)
    const { content, version } = await api.layer(address)
    const wish = { content: next(content as JsonObject), version, ...(note !== undefined && { note }) }
    const outcome = await api.writeLayer(address, wish, dryRun)
    open.answer(outcome, outcomeWords(open, outcome, dryRun))
  }
  const writing = (command: Program): Program =>
    command
      .option('--note <words>', 'why, for the history')
      .option('--dry-run', 'only tell what it would change')

  config
    .command('show')
    .description('Tell how all terminals stand, what one of them should have and why, or what is in a layer.')
    .argument('[terminal-or-layer]', 'id of a terminal, or a layer')
    .action(async (what: string | undefined) => {
      const open = await shell()
      const api = configurationApi(open.api)
      if (what === undefined) {
        const states = await api.states()
        open.answer(states, states.map((state) => stateLine(open, language, state)).join('\n'))
      } else if (isLayer(what)) {
        const layer = await api.layer(parseLayer(what))
        open.answer(layer, `${JSON.stringify(layer.content, null, 2)}`)
      } else {
        const found = await api.ofTerminal(what)
        const values = leavesOf(found.desired as unknown as Json).map(([names, value]) => {
          const path = pointer(names)
          return `${path}\t${JSON.stringify(value)}\t${found.origins[path] ?? ''}`
        })
        open.answer(found, [stateLine(open, language, found), ...values].join('\n'))
      }
    })

  writing(config.command('set'))
    .description('Give a value in a layer.')
    .argument('<layer>')
    .argument('<path>')
    .argument('<value>')
    .action((layer: string, path: string, value: string, options: WriteOptions) =>
      change(layer, (content) => withValue(content, parsePath(path), parseValue(value)), options),
    )
  writing(config.command('unset'))
    .description('Take a value out of a layer, so that what lies below holds again.')
    .argument('<layer>')
    .argument('<path>')
    .action((layer: string, path: string, options: WriteOptions) =>
      change(layer, (content) => withoutValue(content, parsePath(path)), options),
    )
  writing(config.command('edit-file'))
    .description('Put the JSON of a file in place of all that a layer says.')
    .argument('<layer>')
    .argument('<file>', 'a file, or - for standard input')
    .action(async (layer: string, file: string, options: WriteOptions) => {
      const content = await readJsonFile(file)
      await change(layer, () => content, options)
    })

  config
    .command('history')
    .description('List the versions of a layer, or of a terminal and its whole document.')
    .argument('<layer-or-terminal>')
    .action(async (what: string) => {
      const open = await shell()
      const api = configurationApi(open.api)
      const versions = isLayer(what) ? await api.history(parseLayer(what)) : await api.documents(what)
      const form = new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short' })
      const lines = versions.map((one) => {
        const { actor = '', note = '' } = 'content' in one ? one : {}
        return `${one.version}\t${form.format(one.at)}\t${actor}\t${note}`.trimEnd()
      })
      open.answer(versions, lines.join('\n'))
    })
  config
    .command('diff')
    .description('Tell what differs between two versions of a layer, or of a terminal’s whole document.')
    .argument('<layer-or-terminal>')
    .argument('<from>', 'a version', whole(0, Number.MAX_SAFE_INTEGER))
    .argument('<to>', 'a version', whole(0, Number.MAX_SAFE_INTEGER))
    .action(async (what: string, from: number, to: number) => {
      const open = await shell()
      const api = configurationApi(open.api)
      const changes = isLayer(what)
        ? await api.changes(parseLayer(what), from, to)
        : await api.documentChanges(what, from, to)
      open.answer(changes, changes.map(changeLine).join('\n'))
    })
  config
    .command('rollback')
    .description('Bring back what a layer said at an earlier version, as a new version.')
    .argument('<layer>')
    .argument('<version>', 'a version', whole(0, Number.MAX_SAFE_INTEGER))
    .option('--note <words>', 'why, for the history')
    .action(async (layer: string, to: number, { note }: WriteOptions) => {
      const address = parseLayer(layer)
      const open = await shell()
      const api = configurationApi(open.api)
      const { version } = await api.layer(address)
      const outcome = await api.rollBack(address, { to, version, ...(note !== undefined && { note }) })
      open.answer(outcome, outcomeWords(open, outcome, false))
    })
  addConfigGroups(config, shell)
}

const isLayer = (what: string): boolean => what === 'fleet' || what.includes(':')
