import { Argument, type Command as Program } from 'commander'
import { run } from '../run-command.ts'
import type { Shell } from '../shell.ts'

const parts = ['agent', 'kiosk', 'machine'] as const

/** `avyl restart <terminal> [agent|kiosk|machine]` */
export const addRestart = (program: Program, shell: () => Promise<Shell>): void => {
  program
    .command('restart')
    .summary("restart a terminal's agent, its kiosk or the whole machine")
    .description('Restart the agent of a terminal, the browser of its kiosk, or the whole machine.')
    .argument('<terminal>', 'id of a terminal')
    .addArgument(new Argument('[what]', 'what is restarted').choices(parts).default('agent'))
    .action(async (terminal: string, what: (typeof parts)[number]) => {
      const open = await shell()
      const command = await run(open, terminal, 'terminal.restart', { what })
      open.answer(command, open.t(`restart.${what}`))
    })
}
