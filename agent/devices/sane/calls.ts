import type { FrameParameters } from './device.ts'
import type { SaneDeviceInfo } from './library.ts'
import type { OptionValue, SaneOption } from './option.ts'
import { isSaneFailure, type SaneFailure, type SaneStatus, saneStatuses } from './status.ts'

/** What the child process does when it is asked. */
export interface Calls {
  devices(): SaneDeviceInfo[]
  open(name: string): void
  options(names?: readonly string[]): SaneOption[]
  get(name: string): OptionValue
  set(name: string, value: OptionValue, tolerance: number): OptionValue
  /** Starts a frame and waits for its first bytes; the frame then flows through file descriptor 3. */
  start(): Promise<FrameParameters>
}

/** How a frame ended, and after how many bytes. */
export interface FrameEnd {
  readonly bytes: number
  readonly status: SaneStatus
}

/** A message to the child: one call, or the order to give the device back and to end, at once or after the page. */
export type Request =
  | { readonly id: number; readonly call: keyof Calls; readonly args: readonly unknown[] }
  | { readonly end: 'now' | 'after-page' }

/** A message from the child: the answer to a call, or the end of the frame that flowed. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: SaneFailure; readonly text: string }
  | { readonly frame: FrameEnd }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isStatus = (value: unknown): value is SaneStatus => (saneStatuses as readonly unknown[]).includes(value)

/** Reads a message of the child; `undefined` when a broken driver garbled it. */
export const parseReply = (message: unknown): Reply | undefined => {
  if (!isObject(message)) return undefined
  const { id, result, failure, text, frame } = message as Record<keyof never, unknown>
  if (typeof id === 'number') {
    if (failure === undefined) return { id, result }
    return isSaneFailure(failure) ? { id, failure, text: String(text).slice(0, 300) } : undefined
  }
  if (!isObject(frame)) return undefined
  const { bytes, status } = frame as Record<keyof never, unknown>
  return typeof bytes === 'number' && isStatus(status) ? { frame: { bytes, status } } : undefined
}
