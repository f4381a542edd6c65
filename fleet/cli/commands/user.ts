import { Argument, type Command as Program } from 'commander'
import type { UserEntry, UserMade } from '../../api/people-schemas.ts'
import { roles } from '../../auth/permissions.ts'
import { ApiProblem } from '../../web/api.ts'
import { createPeopleApi } from '../../web/people-api.ts'
import type { Shell } from '../shell.ts'
import { roleOption, villageOption } from './options.ts'

interface Created {
  readonly role: UserEntry['role']
  readonly village?: string[]
  readonly generate?: true
}

const line = ({ t }: Shell, { name, role, villages, disabled }: UserEntry): string =>
  [
    name,
    role,
    villages?.join(', ') ?? t('people.all-villages'),
    ...(disabled ? [t('people.disabled')] : []),
  ].join('\t')

const made = (shell: Shell, user: UserMade): string => {
  const { password } = user
  const told = password === undefined ? '' : `\n${shell.t('people.password', { password })}`
  return `${line(shell, user)}${told}`
}

/** The person of a name: people say names, the API goes by ids, since addresses are written down on the way. */
const named = async (shell: Shell, name: string): Promise<UserEntry> => {
  const found = (await createPeopleApi(shell.api).users()).find((user) => user.name === name)
  if (!found) throw new ApiProblem('not-found', 'There is no such user')
  return found
}

/** `avyl user create|list|disable|enable|set-role|reset-password|…` */
export const addUsers = (program: Program, shell: () => Promise<Shell>): void => {
  const user = program
    .command('user')
    .summary('look after the people who sign in')
    .description('Look after the people who sign in. Passwords come from the keyboard or standard input.')

  user
    .command('list')
    .description('List all people.')
    .action(async () => {
      const open = await shell()
      const all = await createPeopleApi(open.api).users()
      open.answer(all, all.map((one) => line(open, one)).join('\n') || open.t('people.none'))
    })

  user
    .command('create')
    .description('Add a person, who chooses another password at the first sign-in.')
    .argument('<name>', 'small letters, figures, dots and dashes')
    .addOption(roleOption().makeOptionMandatory())
    .addOption(villageOption())
    .option('--generate', 'let the fleet make the password and show it once')
    .action(async (name: string, { role, village, generate }: Created) => {
      const open = await shell()
      const password = generate ? undefined : await open.askSecret(open.t('sign-in.password'))
      const added = await createPeopleApi(open.api).addUser({
        name,
        role,
        ...(village && { villages: village }),
        ...(password !== undefined && { password }),
      })
      open.answer(added, made(open, added))
    })

  user
    .command('reset-password')
    .description('Give a person a password for the next sign-in; all sessions of the person end.')
    .argument('<name>', 'name of a person')
    .option('--generate', 'let the fleet make the password and show it once')
    .action(async (name: string, { generate }: { generate?: true }) => {
      const open = await shell()
      const { id } = await named(open, name)
      const password = generate ? undefined : await open.askSecret(open.t('sign-in.password'))
      const changed = await createPeopleApi(open.api).resetPassword(id, password)
      open.answer(changed, made(open, changed))
    })

  user
    .command('set-role')
    .description('Change what a person may do, and where; the person signs in anew.')
    .argument('<name>', 'name of a person')
    .addArgument(new Argument('<role>', 'what the person may do').choices(roles))
    .addOption(villageOption())
    .option('--all-villages', 'the person sees all villages')
    .action(
      async (
        name: string,
        role: UserEntry['role'],
        { village, allVillages }: { village?: string[]; allVillages?: true },
      ) => {
        const open = await shell()
        const { id } = await named(open, name)
        const villages = allVillages ? null : village
        const patch = { role, ...(villages !== undefined && { villages }) }
        const changed = await createPeopleApi(open.api).changeUser(id, patch)
        open.answer(changed, line(open, changed))
      },
    )

  for (const [verb, disabled, about] of [
    ['disable', true, 'Keep a person out, at once; all that is known of the person stays.'],
    ['enable', false, 'Let a person in again.'],
  ] as const) {
    user
      .command(verb)
      .description(about)
      .argument('<name>', 'name of a person')
      .action(async (name: string) => {
        const open = await shell()
        const changed = await createPeopleApi(open.api).changeUser((await named(open, name)).id, { disabled })
        open.answer(changed, line(open, changed))
      })
  }

  for (const [verb, act, about] of [
    ['reset-second-factors', 'resetSecondFactors', 'Remove the second factors of a person who lost them.'],
    ['end-sessions', 'endSessions', 'End all sessions of a person.'],
    ['remove', 'removeUser', 'Remove a person for good; what the person did stays, by an id.'],
  ] as const) {
    user
      .command(verb)
      .description(about)
      .argument('<name>', 'name of a person')
      .action(async (name: string) => {
        const open = await shell()
        const { id } = await named(open, name)
        await createPeopleApi(open.api)[act](id)
        open.answer({ id }, open.t('people.done'))
      })
  }
}
