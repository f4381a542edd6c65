import { rm, writeFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Auth } from './auth.ts'

const name = 'first'
const lifeMs = 24 * 3_600_000

/**
 * Opens a new fleet to whoever owns its machine: while nobody can sign in, a token of an admin lies in `file` (0600)
 * for a day from each start, by which `avyl user create` adds the first admin. Afterwards it is gone.
 */
export const keepFirstToken = async (
  file: string,
  { users, tokens }: Pick<Auth, 'users' | 'tokens'>,
  log: Logger,
  audit: Pick<Audit, 'write'>,
): Promise<void> => {
  await rm(file, { force: true })
  const people = await users.list()
  if (people.length > 0) return tokens.revoke(name)
  await audit.write({ actor: 'fleet', by: 'fleet', action: 'firstToken', subject: name, outcome: 'done' })
  const token = await tokens.create(name, 'admin', lifeMs)
  await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
  log.warn({ file }, 'nobody can sign in yet: AVYL_TOKEN from this file lets avyl add the first admin')
}
