import type { Logger } from 'pino'
import type { SetupProgress, SetupState, SetupStep } from '../../protocol/setup.ts'
import type { Identity } from '../identity/identity.ts'
import { type Claiming, endOf } from './claiming.ts'
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
  readonly claiming: Pick<Claiming, 'find'>
  readonly now: () => number
  readonly logger: Logger
}

/** Setting up by these parts. */
export const createSetup = (parts: SetupParts): Setup => {
  const { identity, record, work, claiming, now, logger } = parts
  const stopped = new AbortController()
  let news = Promise.withResolvers<void>()
  let running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined
  let following: Promise<void> | undefined

  const tell = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  const admission = () => {
    const { is } = identity.state
    return is === 'pending' || is === 'accepted' || is === 'quarantined' || is === 'revoked' ? is : undefined
  }
  const state = async (): Promise<SetupState> => {
    const { device, village, serial, fingerprint } = identity
    const admitted = admission()
    const isClaimed = admitted !== undefined
    return {
      ...(device === undefined ? {} : { device }),
      ...(village === undefined ? {} : { village }),
      ...(admitted === undefined ? {} : { admission: admitted }),
      serial,
      fingerprint,
      claimFile: !isClaimed && (await claiming.find()) !== undefined,
      steps: record.steps,
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
  }
  /** A claim that waits for the line is answered some time: the step then says what. */
  const follow = async () => {
    for await (const seen of identity.changes(stopped.signal)) {
      const { claim } = record.steps
      if (claim.state === 'done' && claim.result?.admission !== admission()) {
        try {
          const { device, village } = identity
          const known = { ...(device ? { device } : {}), ...(village ? { village } : {}), ...endOf(seen) }
          set('claim', { state: 'done', at: now(), result: known })
        } catch (thrown) {
          set('claim', { state: 'failed', at: now(), problem: asSetupFault(thrown).problem })
        }
      } else tell()
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
