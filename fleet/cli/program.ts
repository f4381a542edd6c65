import type { Writable } from 'node:stream'
import { Command as Program } from 'commander'
import type { Language } from '../web/i18n/texts.ts'
import { addAcceptance } from './commands/acceptance.ts'
import { addAlertRules } from './commands/alert-rule.ts'
import { addArtefacts } from './commands/artefact.ts'
import { addAudit } from './commands/audit.ts'
import { addAvailability } from './commands/availability.ts'
import { addChannels } from './commands/channel.ts'
import { addClaims } from './commands/claim.ts'
import { addCommand } from './commands/command.ts'
import { addConfig } from './commands/config.ts'
import { addDepot } from './commands/depot.ts'
import { addIncidents } from './commands/incident.ts'
import { addLogs } from './commands/logs.ts'
import { addPresence } from './commands/presence.ts'
import { addPrint } from './commands/print.ts'
import { addProfiles } from './commands/profile.ts'
import { addRestart } from './commands/restart.ts'
import { addRoles } from './commands/role.ts'
import { addScan } from './commands/scan.ts'
import { addSigningKeys } from './commands/signing-keys.ts'
import { addTerminalIdentity } from './commands/terminal.ts'
import { addTerminals } from './commands/terminals.ts'
import { addTokens } from './commands/token.ts'
import { addUsers } from './commands/user.ts'
import { addVitals } from './commands/vitals.ts'
import type { Shell } from './shell.ts'

/** Options that every subcommand takes. */
export interface GlobalOptions {
  readonly url?: string
  readonly token?: string
  readonly json?: true
}

const notes = `
The fleet is found by --url and --token, by AVYL_URL and AVYL_TOKEN, or by run.json in AVYL_DATA_DIR (.avyl).
A token on the command line is seen by other people on the machine: prefer AVYL_TOKEN.
Words are in the language of LANG: Russian (default), Tatar, English.
Ctrl-C cancels a running command and waits for its outcome; a second Ctrl-C leaves at once.

Exit codes:
  0    done
  1    the command failed, the fleet refused, or a file could not be written
  2    wrong usage
  3    the fleet cannot be reached
  130  left at once by a second Ctrl-C`

/**
 * The whole command line. `open` is called once a subcommand runs, with the options given; `words` serve one that asks no
 * fleet.
 */
export const createProgram = (
  open: (options: GlobalOptions) => Promise<Shell>,
  language: Language,
  { output, errors }: { readonly output: Writable; readonly errors: Writable },
  words: Pick<Shell, 't' | 'answer'>,
): Program => {
  const program = new Program('avyl')
    .description('See the terminals of the villages, scan, print and copy on them.')
    .option('--url <address>', "the fleet's address")
    .option('--token <token>', "a program's token")
    .option('--json', 'one JSON document on standard output')
    .showHelpAfterError('(avyl --help tells more)')
    .addHelpText('after', notes)
    .configureOutput({ writeOut: (text) => output.write(text), writeErr: (text) => errors.write(text) })
  const shell = (): Promise<Shell> => open(program.opts<GlobalOptions>())
  addTerminals(program, shell, language)
  addTerminalIdentity(program, shell, language)
  addAcceptance(program, shell, language)
  addClaims(program, shell, language)
  addPresence(program, shell, language)
  addVitals(program, shell, language)
  addScan(program, shell)
  addPrint(program, shell)
  addCommand(program, shell, language)
  addRestart(program, shell)
  addLogs(program, shell)
  addArtefacts(program, shell)
  addDepot(program, shell, language)
  addProfiles(program, shell)
  addSigningKeys(program, shell, language)
  addConfig(program, shell, language)
  addUsers(program, shell)
  addTokens(program, shell)
  addRoles(program, shell)
  addAvailability(program, shell, language)
  addAudit(program, shell, language, words)
  addIncidents(program, shell, language)
  addAlertRules(program, shell, language)
  addChannels(program, shell, language)
  inheritGlobals(program)
  return program
}

/** Global options may stand after the subcommand too. */
const inheritGlobals = (program: Program): void => {
  const visit = (command: Program): void => {
    command.exitOverride().configureHelp({ showGlobalOptions: true })
    for (const child of command.commands) {
      child.copyInheritedSettings(command)
      visit(child)
    }
  }
  visit(program)
}
