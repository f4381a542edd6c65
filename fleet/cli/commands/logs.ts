import { Option, type Command as Program } from 'commander'
import { type LogLevel, logLevels } from '../../../protocol/capabilities/terminal.ts'
import type { CommandOutput } from '../../../protocol/commands.ts'
import { CommandFailed, runAny } from '../run-command.ts'
import type { Shell } from '../shell.ts'
import { whole } from './options.ts'

const names: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** A line of the log for people: its time, level and text, then what else it holds; one that was cut, as it is. */
const logWords = (line: string): string => {
  try {
    const { level, time, msg, ...rest } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const at = typeof time === 'number' ? new Date(time).toISOString() : ''
    const more = Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''
    return [at, names[Number(level)] ?? '', String(msg ?? ''), more].filter(Boolean).join(' ')
  } catch {
    return line
  }
}

/** `avyl logs <terminal>` */
export const addLogs = (program: Program, shell: () => Promise<Shell>): void => {
  program
    .command('logs')
    .summary("follow a terminal's log")
    .description("Show the newest lines of a terminal's log and those that follow. Ctrl-C ends it.")
    .argument('<terminal>', 'id of a terminal')
    .addOption(
      new Option('--seconds <count>', 'ends by itself after so long').default(300).argParser(whole(1, 600)),
    )
    .addOption(
      new Option('--level <level>', 'the least that is shown').choices([...logLevels]).default('info'),
    )
    .action(async (terminal: string, { seconds, level }: { seconds: number; level: LogLevel }) => {
      const open = await shell()
      const lines: string[] = []
      const heard = (more: readonly string[]): void => {
        lines.push(...more)
        for (const line of more) open.say(logWords(line))
      }
      const command = await runAny(open, terminal, 'terminal.logs', { seconds, level }, { heard }).catch(
        (thrown: unknown) => {
          // Whoever has read enough ends it.
          if (thrown instanceof CommandFailed && thrown.command.state === 'cancelled') return thrown.command
          throw thrown
        },
      )
      const { skipped = 0 } = (command.result ?? {}) as Partial<CommandOutput<'terminal.logs'>>
      open.answer({ lines, skipped }, open.t('logs.ended', { lines: lines.length, skipped }))
    })
}
