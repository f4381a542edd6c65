import type { Notice } from '../notice.ts'

/** What goes out through a channel at once: one notice, or a digest of several. */
export interface Message {
  /** The same at every try, so that the other end can tell a repetition. */
  readonly id: string
  readonly notices: readonly Notice[]
  /** Nothing has happened: somebody wants to see whether it arrives. */
  readonly test?: true
}

/** Brings messages to where people look. Rejects with `ChannelError`. */
export type Send = (message: Message) => Promise<void>
