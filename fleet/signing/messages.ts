import { hash } from 'node:crypto'
import type { CancelMessage, CommandMessage, DesiredMessage } from '../../protocol/messages.ts'
import { textOf, type Unsigned } from '../../protocol/signed-messages.ts'
import type { Signer } from './signer.ts'

const sha256 = (text: string): string => hash('sha256', text)

/** The command as it goes to this terminal. */
export const signCommand = (
  signer: Signer,
  terminal: string,
  message: Unsigned<CommandMessage>,
): CommandMessage => ({ ...message, signature: signer.sign(textOf.command(terminal, message, sha256)) })

/** The cancellation as it goes to this terminal. */
export const signCancel = (
  signer: Signer,
  terminal: string,
  message: Unsigned<CancelMessage>,
): CancelMessage => ({ ...message, signature: signer.sign(textOf.cancel(terminal, message)) })

/**
 * The desired configuration as it goes to this terminal. Its `hash` is the SHA-256 of its canonical text. It is retained,
 * so it is published anew whenever the keys change: see `Keyring.watch`.
 */
export const signDesired = (
  signer: Signer,
  terminal: string,
  message: Unsigned<DesiredMessage>,
): DesiredMessage => ({ ...message, signature: signer.sign(textOf.desired(terminal, message)) })
