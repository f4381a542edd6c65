import { CommandError } from '../../../protocol/errors.ts'
import type { IppClient } from '../../devices/ipp/ipp.ts'
import type { JobStatus } from './driver.ts'
import { cameOut, lookAt } from './ipp-watch.ts'

/** Whether the printer took the cancellation, for which it has `cancelMs`. */
export const cancelJob = (client: IppClient, id: number, cancelMs: number): Promise<boolean> =>
  client.cancelJob(id, AbortSignal.timeout(cancelMs)).then(
    () => true,
    () => false,
  )

/**
 * Cancels a job whose command was stopped. Resolves to `undefined` when the printer does not print it any more, and to
 * its last status when it had come out all the same: a page that is called cancelled is printed a second time. Throws
 * `unknown-outcome` when the printer may go on with it, or tells nothing.
 */
export const takeBack = async (
  client: IppClient,
  id: number,
  { cancelMs, knownJam }: { readonly cancelMs: number; readonly knownJam: boolean },
): Promise<JobStatus | undefined> => {
  if (await cancelJob(client, id, cancelMs)) return undefined
  // RFC 8011 4.3.3: a job that has ended, or is about to, cannot be cancelled.
  const status = await lookAt(client, id, AbortSignal.timeout(cancelMs)).then(
    (seen) => seen.status,
    (cause: unknown) => {
      throw unknown('tells nothing of it', cause)
    },
  )
  if (status.state === 'completed') return cameOut(status, knownJam)
  if (status.state === 'canceled' || status.state === 'aborted') return undefined
  throw unknown(`calls it ${status.state}`)
}

const unknown = (what: string, cause?: unknown): CommandError =>
  new CommandError('unknown-outcome', `The printer did not take back the job, and ${what}`, { cause })
