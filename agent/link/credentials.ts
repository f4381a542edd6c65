/** Where the fleet's terminals' door is. */
export interface DoorAddress {
  readonly host: string
  readonly port: number
  /** The name in the fleet's certificate, where it differs from `host`. */
  readonly serverName?: string
}

/** What a connection to the fleet is opened with. Texts are PEM. */
export interface Credentials {
  readonly address: DoorAddress
  /** The roots that the fleet's certificate has to lead to. */
  readonly ca: string
  /** What this terminal shows; nothing before it is enrolled. */
  readonly own?: { readonly key: string; readonly certificate: string }
}

/** Gives what the next connection is opened with: it changes while the agent runs. Throws `NotEnrolled`. */
export type CredentialsSource = () => Credentials

/** This terminal has no credentials yet: no fleet can be asked. */
export class NotEnrolled extends Error {
  override readonly name = 'NotEnrolled'
  constructor() {
    super('This terminal is not enrolled')
  }
}

/** One set of credentials with which this terminal comes to its fleet. */
export interface Member {
  readonly device: string
  readonly credentials: Credentials
  /** Aborted when others take their place, or when the fleet takes its consent back. */
  readonly outdated: AbortSignal
}

/** Whether and as whom this terminal may come to its fleet now. */
export interface Membership {
  /** Resolves as soon as the fleet lets this terminal work. Rejects with the signal's reason. */
  admitted(signal: AbortSignal): Promise<Member>
  /** The fleet let this one in. */
  connected(member: Member): void
  /** A try to connect as this one failed; `reached`: the fleet had proved itself, and did not let it in. */
  failed(member: Member, reached: boolean): void
}
