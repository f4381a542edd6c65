/** How long each step may take, in milliseconds. */
export interface EsclTimeouts {
  /** Until the device takes the connection. */
  readonly connectMs: number
  /** From the request to the first byte of the answer; slow devices warm up for ten seconds and more. */
  readonly firstByteMs: number
  /** Between two pieces of a body. */
  readonly stallMs: number
  /** How long a busy device is asked again for a new job. */
  readonly busyMs: number
  /** How long a page may be awaited while the device says that it works on the job. */
  readonly pageMs: number
  /** The same, when all says that the last page is out but the job is not closed. */
  readonly settleMs: number
  /** The first pause before asking again; later ones grow up to eight times. */
  readonly retryMs: number
  /** How long the cancellation of a job may take. */
  readonly cancelMs: number
}

/** What fits the devices known to be slow. */
export const defaultTimeouts: EsclTimeouts = {
  connectMs: 5_000,
  firstByteMs: 20_000,
  stallMs: 20_000,
  busyMs: 10_000,
  pageMs: 60_000,
  settleMs: 8_000,
  retryMs: 250,
  cancelMs: 900,
}
