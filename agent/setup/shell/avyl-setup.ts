import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import type { SetupState } from '../../../protocol/setup.ts'
import { languageOf, translator } from '../../../provisioning/texts/texts.ts'
import { FieldClosed, findField } from './field.ts'
import { type Person, walk } from './walk.ts'

/** What the program has around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: Readable
  readonly output: Writable
  readonly errors: Writable & { readonly isTTY?: boolean }
}

/** Where the package keeps what the agent knows. */
const usualFolder = '/var/lib/avyl-agent'

const help = `avyl-setup: the technician's steps at this terminal

  --code <code>   the claim code of the label
  --yes           ask nothing: the claim file that was found is used, the sheet lies on the glass,
                  the report may go
  --wait          wait until an operator has accepted the terminal
  --again         run steps that are done once more
  --status        show the state and do nothing
  --open          open the set-up of an accepted terminal for an hour
  --json          one JSON document on standard output
  --data <folder> the agent's data folder (${usualFolder} unless told)
  --help

Words are in the language of LANG: Russian (default), Tatar, English.
Exit codes: 0 done, 1 a step failed, 2 wrong usage, 3 the agent does not answer
`

const options = {
  code: { type: 'string' },
  yes: { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  again: { type: 'boolean', default: false },
  status: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  data: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const read = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch {
    return undefined
  }
}

/** Runs one command line; resolves to its exit code. */
export const avylSetup = async (args: readonly string[], around: Surroundings): Promise<number> => {
  const { environment, output, errors } = around
  const given = read(args)
  if (given === undefined || given.help) {
    ;(given === undefined ? errors : output).write(help)
    return given === undefined ? 2 : 0
  }
  const t = translator(languageOf(environment.LC_ALL || environment.LC_MESSAGES || environment.LANG))
  const folder = given.data ?? usualFolder
  const field = findField(folder)
  const person = personAt(around)
  try {
    if (given.open) await reopen(folder)
    let state: SetupState
    if (given.status || given.open) state = await field.state()
    else {
      const { code, yes, again } = given
      state = await walk(field, person, t, { yes, again, ...(code === undefined ? {} : { code }) })
      const isReported = state.steps.handover.state === 'done'
      if (given.wait && isReported) state = await field.until(({ admission }) => admission === 'accepted')
    }
    if (given.json) output.write(`${JSON.stringify(state)}\n`)
    else person.tell(summary(state, t))
    return given.status || given.open || state.steps.handover.state === 'done' ? 0 : 1
  } catch (thrown) {
    if (!(thrown instanceof FieldClosed)) throw thrown
    errors.write(`${t('lost')}\n${t('shell.closed')}\n`)
    return 3
  } finally {
    person.leave()
  }
}

const reopen = async (folder: string): Promise<void> => {
  await mkdir(join(folder, 'setup'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'setup', 'open'), '', { mode: 0o600 })
}

const summary = ({ device, village, fingerprint, admission }: SetupState, t: ReturnType<typeof translator>) =>
  [
    `${t('village')}: ${village ?? t('unknown')}`,
    `${t('device')}: ${device ?? t('unknown')}`,
    `${t('fingerprint')}: ${fingerprint}`,
    ...(admission === undefined ? [] : [t(`admission.${admission}`)]),
  ].join('\n')

/** Questions and progress go to the error output, so that the standard output holds the result alone. */
const personAt = ({ input, errors }: Surroundings): Person & { leave(): void } => {
  const lines = createInterface({ input, output: errors })
  let shown = ''
  return {
    ask: (question) => lines.question(question),
    tell: (line) => void errors.write(`${line}\n`),
    show(step, percent) {
      if (errors.isTTY !== true) return
      const text = `   ${step} ${percent ?? 0} %\r`
      if (text !== shown) errors.write(text)
      shown = text
    },
    leave: () => lines.close(),
  }
}
