import { CommandError, type ErrorCode } from '../../../protocol/errors.ts'
import { type AdfState, EsclError, type EsclErrorKind } from '../../devices/escl/escl.ts'

/** What the feeder's state means to people. */
const codeOfFeeder: Partial<Record<AdfState, ErrorCode>> = {
  ScannerAdfEmpty: 'no-document',
  ScannerAdfJam: 'jam',
  ScannerAdfMispick: 'jam',
  ScannerAdfMultipickDetected: 'jam',
  ScannerAdfDuplexPageTooShort: 'jam',
  ScannerAdfDuplexPageTooLong: 'jam',
  ScannerAdfHatchOpen: 'cover-open',
  ScannerAdfInputTrayFailed: 'device-fault',
  ScannerAdfInputTrayOverloaded: 'device-fault',
}

/** What a failed exchange means once a job runs; before that, silence means that the device is not there. */
const codeOfKind: Record<EsclErrorKind, ErrorCode> = {
  unreachable: 'device-absent',
  timeout: 'device-fault',
  busy: 'busy',
  refused: 'device-fault',
  fault: 'device-fault',
  malformed: 'device-fault',
  'too-large': 'device-fault',
  truncated: 'truncated',
  'not-image': 'device-fault',
}

/** The feeder's fault as a command's error; `undefined` where it has none. */
export const feederFault = (state: AdfState | 'Unknown' | undefined): CommandError | undefined => {
  const code = state === undefined || state === 'Unknown' ? undefined : codeOfFeeder[state]
  return code === undefined ? undefined : new CommandError(code, `The feeder says ${state}`)
}

/** A failed exchange as a command's error. `unknown` in: whatever else was thrown goes on as it is. */
export const exchangeFault = (thrown: unknown, moment: 'before the job' | 'in the job'): unknown => {
  if (!(thrown instanceof EsclError)) return thrown
  const silent = thrown.kind === 'timeout' && moment === 'before the job'
  // RFC 9110 15.5.1: the device understood the settings and does not do them.
  const unfit = thrown.kind === 'refused' && (thrown.status === 400 || thrown.status === 422)
  const code = silent ? 'device-absent' : unfit ? 'unsupported' : codeOfKind[thrown.kind]
  return new CommandError(code, thrown.message, { cause: thrown })
}
