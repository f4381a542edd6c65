import { Argument, type Command as Program } from 'commander'
import type { RoleEntry } from '../../api/people-schemas.ts'
import { roles } from '../../auth/permissions.ts'
import { createPeopleApi } from '../../web/people-api.ts'
import type { Shell } from '../shell.ts'

const line = ({ t }: Shell, { role, permissions, secondFactor }: RoleEntry): string =>
  [role, permissions.join(', '), ...(secondFactor ? [t('people.second-factor')] : [])].join('\t')

/** `avyl role list|require-second-factor` */
export const addRoles = (program: Program, shell: () => Promise<Shell>): void => {
  const role = program
    .command('role')
    .summary('see what roles may, and what is asked of them')
    .description('See what roles may do, and what is asked of their people.')

  const answer = (open: Shell, all: readonly RoleEntry[]): void =>
    open.answer(all, all.map((one) => line(open, one)).join('\n'))

  role
    .command('list')
    .description('List the roles with their permissions.')
    .action(async () => {
      const open = await shell()
      answer(open, await createPeopleApi(open.api).roles())
    })

  role
    .command('require-second-factor')
    .description('Say whether everyone of a role needs a second factor, from the next sign-in on.')
    .addArgument(new Argument('<role>', 'name of a role').choices(roles))
    .addArgument(new Argument('<on-or-off>', 'whether it is needed').choices(['on', 'off']))
    .action(async (name: string, wish: string) => {
      const open = await shell()
      answer(open, await createPeopleApi(open.api).changeRole(name, wish === 'on'))
    })
}
