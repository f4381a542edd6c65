import type { SetupCheck, SetupState, SetupStep } from '../../../protocol/setup.ts'
import { isTextKey, type Translate } from '../../../provisioning/texts/texts.ts'

interface Shown {
  readonly step: SetupStep
  readonly state: SetupState
  readonly t: Translate
}

/** What a step has found out, in words. */
export const Result = ({ step, state, t }: Shown) => {
  if (state.steps[step].result === undefined) return null
  const lines = linesOf(step, state, t)
  return (
    <>
      {lines.length > 0 && (
        <ul class="result">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {step === 'selftest' && <Checks checks={state.steps.selftest.result?.checks ?? []} t={t} />}
    </>
  )
}

const linesOf = (step: SetupStep, { steps, admission }: SetupState, t: Translate): readonly string[] => {
  const { uplink, claim, devices, handover } = steps
  if (step === 'uplink' && uplink.result !== undefined) {
    const { rttMs, lossPercent, downKbits, upKbits, ports } = uplink.result
    return [
      t('uplink.rtt', { ms: Math.round(rttMs) }),
      t('uplink.loss', { percent: Math.round(lossPercent) }),
      t('uplink.down', { kbits: Math.round(downKbits) }),
      t('uplink.up', { kbits: Math.round(upKbits) }),
      ...ports.map(({ open, port, protocol }) =>
        t(open ? 'port.open' : 'port.closed', { port, protocol: protocol.toUpperCase() }),
      ),
    ]
  }
  if (step === 'claim' && claim.state === 'done') {
    return [admission === undefined ? t('claim.stored') : t(`admission.${admission}`)]
  }
  if (step === 'devices' && devices.result !== undefined) {
    const { scanner, printer, profile, known } = devices.result
    return [
      t('devices.scanner', { name: scanner ?? t('devices.none') }),
      t('devices.printer', { name: printer ?? t('devices.none') }),
      t('devices.profile', { name: profile }),
      ...(known ? [] : [t('devices.generic')]),
    ]
  }
  if (step === 'print' && steps.print.state === 'done') return [t('print.done')]
  if (step === 'scan' && steps.scan.state === 'done') return [t('scan.done')]
  if (step === 'handover' && handover.state === 'done') {
    return [t(admission === 'accepted' ? 'handover.done' : 'handover.reported')]
  }
  return []
}

const signs = { good: 'good', bad: 'bad', absent: 'quiet' } as const

const Checks = ({ checks, t }: { readonly checks: readonly SetupCheck[]; readonly t: Translate }) => (
  <ul class="checks">
    {checks.map(({ name, state, evidence }) => {
      const key = `check.${name}`
      return (
        <li key={name}>
          <strong>{isTextKey(key) ? t(key) : name}</strong>
          <span class={`state ${signs[state]}`}>{t(`check.${state}`)}</span>
          <span class="small evidence">{state === 'absent' ? '' : evidence}</span>
        </li>
      )
    })}
  </ul>
)
