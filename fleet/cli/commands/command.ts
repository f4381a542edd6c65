import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Option, type Command as Program } from 'commander'
import { commands } from '../../../protocol/commands.ts'
import { isFinal } from '../../../protocol/messages.ts'
import type { Command } from '../../api/schemas.ts'
import { readJson } from '../../web/api.ts'
import { commandText, outcomeText } from '../../web/expert/work-text.ts'
import { type Language, locales } from '../../web/i18n/texts.ts'
import { UsageError } from '../exit.ts'
import { failureWords, runAny } from '../run-command.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

const readInput = async (input: string): Promise<unknown> => {
  const json =
    input === '-'
      ? await text(process.stdin)
      : input.startsWith('@')
        ? await readFile(input.slice(1), 'utf8').catch((cause: unknown) => {
            throw new UsageError(`${input.slice(1)} cannot be read`, { cause })
          })
        : input
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new UsageError('--input is not JSON', { cause })
  }
}

const words = ({ t }: Shell, command: Command): string => {
  const state = `${command.id}\t${command.terminal}\t${command.name}\t${commandText(t, command)}`
  if (command.state === 'succeeded') return `${state}\n${outcomeText(t, command)}`
  return isFinal(command.state) ? `${state}\n${failureWords(t, command)}` : state
}

const names = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(22)} ${summary}`)

/** `avyl command <terminal> <name>`, `avyl command list <terminal>`, `avyl command show|cancel <id>` */
export const addCommand = (program: Program, shell: () => Promise<Shell>, language: Language): void => {
  const time = new Intl.DateTimeFormat(locales[language], { dateStyle: 'short', timeStyle: 'medium' })
  const command = program
    .command('command')
    .summary('run any command on a terminal, list them, look at one, cancel one')
    .description('Run a command by its name and wait for its outcome; see or stop one by its id.')
    .usage(
      '[options] <terminal> <name>\n       avyl command list <terminal>\n       avyl command show|cancel <id>',
    )
    .argument('[terminal]', 'id of a terminal')
    .argument('[name]', 'name of a command')
    .addOption(
      new Option('--input <json>', "the command's input; @file or - for standard input").default('{}'),
    )
    .addOption(
      new Option('--expires <ms>', 'how long it may wait for the terminal').argParser(
        whole(1000, 86_400_000),
      ),
    )
    .addHelpText('after', `\nCommand names:\n${names.join('\n')}`)
    .action(
      async (
        terminal: string | undefined,
        name: string | undefined,
        options: { input: string; expires?: number },
      ) => {
        if (terminal === undefined || name === undefined) {
          throw new UsageError('A terminal and the name of a command are needed')
        }
        const open = await shell()
        const input = await readInput(options.input)
        const outcome = await runAny(open, terminal, name, input, { expiresInMs: options.expires })
        open.answer(outcome, `${words(open, outcome)}\n${JSON.stringify(outcome.result, null, 2)}`)
      },
    )
  command
    .command('list')
    .description('Tell the newest commands of a terminal, the newest first.')
    .argument('<terminal>', 'id of a terminal')
    .addOption(new Option('--limit <n>', 'how many, 1 to 500').default(50).argParser(whole(1, 500)))
    .action(async (terminal: string, { limit }: { limit: number }) => {
      const open = await shell()
      const path = `/terminals/${encodeURIComponent(terminal)}/commands?limit=${limit}`
      const all = await readJson<readonly Command[]>(open.api.send('GET', path))
      const words = all.map((one) =>
        [one.id, time.format(one.issuedAt), one.name, commandText(open.t, one)].join('\t'),
      )
      open.answer(all, words.join('\n'))
    })
  command
    .command('show')
    .description('Tell where a command stands.')
    .argument('<id>', 'id of a command')
    .action(async (id: string) => {
      const open = await shell()
      const found = await open.api.command(id)
      open.answer(found, words(open, found))
    })
  command
    .command('cancel')
    .description('Ask to stop a command; one that is over stays as it is.')
    .argument('<id>', 'id of a command')
    .action(async (id: string) => {
      const open = await shell()
      await open.api.cancel(id)
      const found = await open.api.command(id)
      open.answer(found, words(open, found))
    })
}
