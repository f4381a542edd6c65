import type { Logger } from 'pino'
import type { ClaimFile } from '../../protocol/claim-file.ts'
import { needsClaim, type SetupProgress, type SetupState, type SetupStep } from '../../protocol/setup.ts'
import type { Identity } from '../identity/identity.ts'
import type { ClaimFiles } from './claim-files.ts'
import { admissionOf, endOf } from './claiming.ts'
import { SetupFault } from './fault.ts'
import type { SetupRecord } from './record.ts'
import { asSetupFault, type StepWork } from './work.ts'

/** The technician's steps at one terminal: one runs at a time, each can be run again, and a power cut loses none. */
export interface Setup {
  /** What is known now. */
  state(): Promise<SetupState>
  /** The present state, then one after each change, until the signal is aborted. */
  changes(signal: AbortSignal): AsyncIterable<SetupState>
  /** Begins a step and returns at once; `false` when another one runs. */
  begin(step: SetupStep, input: unknown): boolean
  /** Ends the running step; harmless when none runs. */
  cancel(): void
  /** Whether everything is done and the terminal may work. */
  readonly over: boolean
  start(): void
  stop(): Promise<void>
}

/** What setting up needs. */
export interface SetupParts {
  readonly identity: Identity
  readonly record: SetupRecord
  readonly work: StepWork
  readonly files: Pick<ClaimFiles, 'own'>
  /** The languages of this terminal's screens. */
  readonly languages: () => SetupState['languages']
  readonly now: () => number
  readonly logger: Logger
}

type Offer = Pick<SetupState, 'claimFile' | 'claimFiles'>

const offerOf = (own: ClaimFile | undefined): Offer =>
  own === undefined ? {} : { claimFile: { device: own.device, village: own.village } }

const whyNot = (thrown: unknown): Offer => {
  const { problem, message } = asSetupFault(thrown)
  return { claimFiles: { problem, villages: message.slice(0, 300) } }
}

/** Setting up by these parts. */
export const createSetup = (parts: SetupParts): Setup => {
  const { identity, record, work, files, languages, now, logger } = parts
  const stopped = new AbortController()
  let news = Promise.withResolvers<void>()
  let running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined
  let following: Promise<void> | undefined
  let offered: Offer = {}

  const tell = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  /** Whose file may be used now. Nothing is claimed while a step runs, and a stick is not read for each of its percents. */
  const offer = async (steps: SetupProgress): Promise<Offer> => {
    if (!needsClaim(admissionOf(identity.state))) return {}
    const isBusy = Object.values(steps).some(({ state: is }) => is === 'running')
    if (!isBusy) offered = await files.own().then(offerOf, whyNot)
    return offered
  }
  const state = async (): Promise<SetupState> => {
    const { device, village, serial, fingerprint } = identity
    const admission = admissionOf(identity.state)
    const { steps } = record
    const claim = await offer(steps)
    return {
      ...(device === undefined ? {} : { device }),
      ...(village === undefined ? {} : { village }),
      ...(admission === undefined ? {} : { admission }),
      serial,
      fingerprint,
      languages: languages(),
      ...claim,
      steps,
    }
  }
  const set = <S extends SetupStep>(step: S, value: SetupProgress[S]) => {
    record.setStep(step, value)
    tell()
  }
  const run = async <S extends SetupStep>(step: S, input: unknown, signal: AbortSignal) => {
    const show = (percent: number) => {
      record.show(step, percent)
      tell()
    }
    try {
      const result = await work[step](input, { signal, show })
      set(step, { state: 'done', at: now(), result } as SetupProgress[S])
    } catch (thrown) {
      // What the power or a stop ended is found running at the next start.
      if (stopped.signal.aborted) return
      const { problem, message } = signal.aborted ? new SetupFault('cancelled') : asSetupFault(thrown)
      logger.info({ step, problem, error: thrown }, 'a step of setting up failed')
      const detail = message === '' ? {} : { detail: message.slice(0, 300) }
      set(step, { state: 'failed', at: now(), problem, ...detail } as SetupProgress[S])
    }
    if (step === 'claim') settleClaim()
  }
  /**
   * A claim that was handed in is answered some time, whatever became of the step that did it: it waited for no line, a
   * power cut or a person ended it. The step then says what the answer was.
   */
  const settleClaim = () => {
    const { claim } = record.steps
    const admission = admissionOf(identity.state)
    const isBehind =
      claim.state === 'done'
        ? claim.result?.admission !== admission || identity.state.is === 'refused'
        : claim.state === 'failed' && !needsClaim(admission)
    if (!isBehind) return
    try {
      const { device, village } = identity
      const known = {
        ...(device ? { device } : {}),
        ...(village ? { village } : {}),
        ...endOf(identity.state),
      }
      set('claim', { state: 'done', at: now(), result: known })
    } catch (thrown) {
      set('claim', { state: 'failed', at: now(), problem: asSetupFault(thrown).problem })
    }
  }
  const follow = async () => {
    for await (const _ of identity.changes(stopped.signal)) {
      settleClaim()
      tell()
    }
  }

  return {
    state,
    async *changes(signal) {
      const ends = AbortSignal.any([signal, stopped.signal])
      const end = Promise.withResolvers<void>()
      ends.addEventListener('abort', () => end.resolve(), { once: true })
      while (!ends.aborted) {
        const heard = news.promise
        yield await state()
        await Promise.race([heard, end.promise])
      }
    },
    begin(step, input) {
      if (running !== undefined || stopped.signal.aborted) return false
      const abort = new AbortController()
      set(step, { ...record.steps[step], state: 'running', percent: 0 } as SetupProgress[typeof step])
      const ended = run(step, input, AbortSignal.any([abort.signal, stopped.signal])).finally(() => {
        running = undefined
      })
      running = { abort, ended }
      return true
    },
    cancel: () => running?.abort.abort(new SetupFault('cancelled')),
    get over() {
      return record.steps.handover.state === 'done' && identity.state.is === 'accepted'
    },
    start() {
      following = follow().catch((error: unknown) => {
        if (!stopped.signal.aborted) logger.error({ error }, 'the identity is no longer followed')
      })
    },
    async stop() {
      stopped.abort(new Error('The agent stops'))
      await running?.ended
      await following
    },
  }
}
