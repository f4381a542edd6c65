import type { Command as Program } from 'commander'
import { configurationApi } from '../../web/configuration-api.ts'
import type { Shell } from '../shell.ts'

/** `avyl config groups [add|remove <group> <terminal...>]` */
export const addConfigGroups = (config: Program, shell: () => Promise<Shell>): void => {
  const tell = async (open: Shell) => {
    const all = await configurationApi(open.api).groups()
    const lines = all.map(({ name, terminals }) => `${name}\t${terminals.join(', ')}`)
    open.answer(all, lines.length > 0 ? lines.join('\n') : open.t('config.groups.none'))
  }
  const groups = config
    .command('groups')
    .description('List the groups of terminals that share a layer, or change who is in one.')
    .action(async () => tell(await shell()))
  groups
    .command('add')
    .description('Put terminals into a group, out of their former ones.')
    .argument('<group>')
    .argument('<terminals...>')
    .action(async (group: string, terminals: string[]) => {
      const open = await shell()
      for (const terminal of terminals) await configurationApi(open.api).join(group, terminal)
      await tell(open)
    })
  groups
    .command('remove')
    .description('Take terminals out of a group.')
    .argument('<group>')
    .argument('<terminals...>')
    .action(async (group: string, terminals: string[]) => {
      const open = await shell()
      for (const terminal of terminals) await configurationApi(open.api).leave(group, terminal)
      await tell(open)
    })
}
