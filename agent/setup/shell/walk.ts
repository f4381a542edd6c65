import {
  type ClaimInput,
  needsClaim,
  type SetupState,
  type SetupStep,
  setupSteps,
} from '../../../protocol/setup.ts'
import type { Translate } from '../../../provisioning/texts/texts.ts'
import type { Field } from './field.ts'

/** The person at the shell. */
export interface Person {
  /** Asks for a line; only where a person must decide or do something. */
  ask(question: string): Promise<string>
  /** Tells something, one line. */
  tell(line: string): void
  /** Shows how far a step is. */
  show(step: SetupStep, percent: number | undefined): void
}

/** How the walk goes. */
export interface WalkOptions {
  /** A code for the claim, in place of asking. */
  readonly code?: string
  /** The claim file that was found is used, the sheet lies on the glass, and the report may go: nothing is asked. */
  readonly yes: boolean
  /** Runs what is done already once more. */
  readonly again: boolean
}

/** What can be gone on without: the claim is kept and tried again, and the line may come later. */
const lateProblems: ReadonlySet<string> = new Set(['fleet-unreachable', 'rate-limited'])

const mostTries = 5

/**
 * Walks through all steps, with at most three questions: the code or the file in its place, the sheet on the glass, the
 * end. Resolves to the last state; a step that failed for good ends the walk.
 */
export const walk = async (
  field: Field,
  person: Person,
  t: Translate,
  options: WalkOptions,
): Promise<SetupState> => {
  let state = await field.state()
  for (const step of setupSteps) {
    if (isOver(step, state, options)) continue
    const input = await prepare(step, state, person, t, options)
    person.tell(`${setupSteps.indexOf(step) + 1}. ${t(`step.${step}`)}`)
    state = await run(field, step, input, person)
    const { state: is, problem } = state.steps[step]
    person.tell(`   ${t(`state.${is}`)}${problem === undefined ? '' : `: ${t(`problem.${problem}`)}`}`)
    if (is === 'failed' && !mayGoOn(step, problem)) return state
  }
  return state
}

/** A code that is given is meant, also where an earlier one was kept and waits for the line. */
const isOver = (step: SetupStep, { steps, admission }: SetupState, { code, again }: WalkOptions): boolean => {
  const isNewClaim = step === 'claim' && code !== undefined && needsClaim(admission)
  return steps[step].state === 'done' && !again && !isNewClaim
}

const mayGoOn = (step: SetupStep, problem: string | undefined): boolean =>
  step === 'uplink' ||
  (step === 'claim' && lateProblems.has(problem ?? '')) ||
  // Whether a sheet came out, the scan will tell.
  (step === 'print' && problem === 'print-unknown')

const prepare = async (
  step: SetupStep,
  state: SetupState,
  person: Person,
  t: Translate,
  { code, yes }: WalkOptions,
): Promise<ClaimInput> => {
  if (step === 'claim' && needsClaim(state.admission)) {
    if (code !== undefined) return { code }
    if (state.claimFiles) {
      const { problem, villages } = state.claimFiles
      person.tell(`${t('claim.files', { villages })} ${t(`problem.${problem}`)}`)
    }
    if (state.claimFile === undefined) return { code: await person.ask(t('shell.code')) }
    person.tell(t('shell.claim-file', { village: state.claimFile.village }))
    const typed = yes ? '' : await person.ask(t('shell.claim-file.use'))
    return typed.trim() === '' ? {} : { code: typed }
  }
  if (step === 'scan' && !yes) await person.ask(t('shell.glass'))
  if (step === 'handover' && !yes) await person.ask(t('shell.send'))
  return {}
}

/** A step that the power cut short is begun again. */
const run = async (field: Field, step: SetupStep, input: ClaimInput, person: Person): Promise<SetupState> => {
  for (let tries = 1; ; tries += 1) {
    const state = await field.run(step, input, (seen) => person.show(step, seen.steps[step].percent))
    if (state.steps[step].problem !== 'cut-short' || tries === mostTries) return state
  }
}
