/** What single devices need done differently; a sound one needs none of it. */
export interface EsclQuirks {
  /** All requests go over one connection that is kept between them; each has its own unless told. */
  readonly keepAlive?: boolean
  /**
   * It answers 404 to a page that is asked for too early, and may say meanwhile that it does nothing: it is not
   * believed for the time of `settleMs`, and the pauses grow from `firstMs` to `mostMs`.
   */
  readonly earlyPages?: { readonly firstMs: number; readonly mostMs: number }
  /** How often a page is asked for again when no picture came with status 200, whatever the device says of the job. */
  readonly errorPages?: number
  /**
   * It hangs when a page is broken off: what nobody wants any more runs out unseen, for this long at most, and the
   * job is ended only then. In milliseconds.
   */
  readonly runOutMs?: number
}
