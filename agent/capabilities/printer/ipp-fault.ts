import { CommandError, type ErrorCode } from '../../../protocol/errors.ts'
import { IppError } from '../../devices/ipp/ipp.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  'server-error-busy': 'busy',
  'server-error-temporary-error': 'busy',
  'server-error-not-accepting-jobs': 'busy',
  'client-error-document-format-not-supported': 'unsupported',
  'client-error-attributes-or-values-not-supported': 'unsupported',
  'client-error-conflicting-attributes': 'unsupported',
  'client-error-request-entity-too-large': 'unsupported',
  'server-error-operation-not-supported': 'unsupported',
  'client-error-document-format-error': 'invalid',
  'client-error-forbidden': 'refused',
  'client-error-not-authenticated': 'refused',
  'client-error-not-authorized': 'refused',
}

/** A failed exchange with a printer as the error of a command. What is no `IppError` passes through. */
export const ippFault = (error: unknown): unknown => {
  if (!(error instanceof IppError)) return error
  if (error.kind === 'unreachable' || error.kind === 'timeout') {
    return new CommandError('device-absent', 'The printer does not answer', { cause: error })
  }
  if (error.kind === 'identity') {
    return new CommandError('refused', 'The printer is not the one that was known there', { cause: error })
  }
  if (error.kind === 'status') {
    const code = codes[error.status ?? ''] ?? 'device-fault'
    return new CommandError(code, `The printer answered ${error.status}`, { cause: error })
  }
  return new CommandError('device-fault', 'The printer does not speak proper IPP', { cause: error })
}

/** Whether the printer has said that it takes no job now and may take one later. */
export const isBusy = (error: unknown): boolean =>
  error instanceof IppError && codes[error.status ?? ''] === 'busy'
