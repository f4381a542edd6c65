import type { SetupState, SetupStep } from '../../../protocol/setup.ts'
import type { TextKey, Translate } from '../../../provisioning/texts/texts.ts'
import { agent } from './agent.ts'
import { ClaimForm } from './claim-form.tsx'
import { Result } from './result.tsx'

interface Shown {
  readonly step: SetupStep
  readonly number: number
  readonly state: SetupState
  readonly t: Translate
}

const signs = { open: 'quiet', running: 'warn', done: 'good', failed: 'bad' } as const

const firstAct: Readonly<Record<SetupStep, TextKey>> = {
  uplink: 'act.run',
  claim: 'act.claim',
  devices: 'act.run',
  selftest: 'act.run',
  print: 'act.print',
  scan: 'act.scan',
  handover: 'act.handover',
}

/** What cannot be begun now is answered by the state that the agent sends. */
const begin = (step: SetupStep) => void agent.begin(step).catch(() => undefined)

/** One step: how far it is, what it found, what to do about its trouble, and its button. */
export const Step = ({ step, number, state, t }: Shown) => {
  const { steps } = state
  const own = steps[step]
  const isBusy = Object.values(steps).some((one) => one.state === 'running')
  const isNext = own.state !== 'done' && !isBusy && isFirstOpen(state, step)
  return (
    <li class={`card step ${own.state}`} data-step={step} data-state={own.state}>
      <span class="number" aria-hidden="true">
        {number}
      </span>
      <div class="grow">
        <div class="row head">
          <h2 class="grow">{t(`step.${step}`)}</h2>
          <span class={`state ${signs[own.state]}`}>{t(`state.${own.state}`)}</span>
        </div>
        <p class="small">{t(`step.${step}.what`)}</p>
        {own.state === 'running' && <progress max={100} value={own.percent || undefined} />}
        {own.state === 'failed' && own.problem !== undefined && (
          <p class="trouble" role="alert">
            {t(`problem.${own.problem}`)}
          </p>
        )}
        <Result {...{ step, state, t }} />
        <div class="row acts">
          {own.state === 'running' && (
            <button type="button" onClick={() => void agent.cancel().catch(() => undefined)}>
              {t('act.cancel')}
            </button>
          )}
          {step === 'claim' && own.state !== 'running' && <ClaimForm {...{ state, t, isBusy, isNext }} />}
          {step !== 'claim' && own.state !== 'running' && (
            <button
              type="button"
              class={isNext ? 'primary' : ''}
              disabled={isBusy}
              onClick={() => begin(step)}
            >
              {own.state === 'done'
                ? t(step === 'print' ? 'act.print-again' : 'act.again')
                : t(firstAct[step])}
            </button>
          )}
        </div>
      </div>
    </li>
  )
}

const isFirstOpen = ({ steps }: SetupState, step: SetupStep): boolean =>
  Object.entries(steps).find(([, { state }]) => state !== 'done')?.[0] === step
