import type { ErrorCode } from '../../../protocol/errors.ts'
import type { Command, ProblemCode } from '../../api/schemas.ts'
import { isTextKey, type TextKey, type Translate } from './texts.ts'

/** A fault in plain words: what happened, what is safe, what to do now. */
export interface FaultText {
  readonly what: string
  readonly safe: string
  readonly do: string
}

const part = (
  t: Translate,
  code: ErrorCode,
  device: string | undefined,
  name: 'what' | 'safe' | 'do',
): string => {
  const general: TextKey = `fault.${code}.${name}`
  const special = `fault.${code}.${device}.${name}`
  return t(isTextKey(special) ? special : general)
}

/** The fault of a command in words for its device: a jam in the feeder reads otherwise than one in the printer. */
export const faultText = (t: Translate, code: ErrorCode, command: string): FaultText => {
  const device = command.split('.')[0]
  return {
    what: part(t, code, device, 'what'),
    safe: part(t, code, device, 'safe'),
    do: part(t, code, device, 'do'),
  }
}

const codesOfStates: Readonly<Partial<Record<Command['state'], ErrorCode>>> = {
  unknown: 'unknown-outcome',
  expired: 'expired',
  cancelled: 'cancelled',
  rejected: 'refused',
}

/**
 * Why a command did not succeed, in words; where its terminal gave no reason the state is one. Where the terminal said
 * later that it did succeed, nobody is to have it done again.
 */
export const faultOf = (t: Translate, { error, state, name, late }: Command): FaultText =>
  late?.state === 'succeeded'
    ? { what: t('fault.late.what'), safe: t('fault.late.safe'), do: t('fault.late.do') }
    : faultText(t, error?.code ?? codesOfStates[state] ?? 'internal', name)

/** Why the API refused, or that it did not answer. */
export const problemText = (t: Translate, code: ProblemCode | 'unreachable'): string => t(`problem.${code}`)

/** A `printer-state-reasons` keyword (RFC 8011 5.4.12) in words. */
export const reasonText = (t: Translate, reason: string): string => {
  const key = `reason.${reason}`
  return t(isTextKey(key) ? key : 'reason.other')
}
