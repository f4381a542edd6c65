import { canonical } from './canonical.ts'
import type { CancelMessage, CommandMessage, DesiredMessage } from './messages.ts'
import { signedText } from './signing.ts'

/** The SHA-256 of a text's UTF-8 in hexadecimal. It is handed in: a browser and Node have different ones. */
export type Sha256 = (text: string) => string

/** A message before it is signed. */
export type Unsigned<M> = Omit<M, 'signature'>

/**
 * The text whose signature proves that a message is from the fleet and for this terminal. Throws `TypeError` or
 * `RangeError` when an input is no JSON value or nested without end.
 */
export const textOf = {
  command: (terminal: string, message: Unsigned<CommandMessage>, sha256: Sha256): string =>
    signedText.command({
      terminal,
      id: message.id,
      sentAt: message.ts,
      name: message.name,
      inputSha256: sha256(canonical(message.input)),
      issuedAt: message.issuedAt,
      expiresAt: message.expiresAt,
      deadlineMs: message.deadlineMs,
      actor: message.actor,
      ...(message.visit === undefined ? {} : { visit: message.visit }),
    }),
  cancel: (terminal: string, { id }: Unsigned<CancelMessage>): string => signedText.cancel({ terminal, id }),
  /** Says nothing of `config`: whoever believes it compares the hash of its canonical text with `hash` too. */
  desired: (terminal: string, { version, hash }: Unsigned<DesiredMessage>): string =>
    signedText.desired({ terminal, version, hash }),
} as const
