/** A message for a terminal or from one. */
export interface Message {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  readonly retain: boolean
}

/** Who stands at the other end of a connection, as its certificate says. */
export interface Peer {
  readonly device: string
  /** Serial number of the certificate, in lower-case hexadecimal. */
  readonly certificate: string
  readonly address: string
}

/** What the fleet does with what the broker sees. */
export interface BrokerEvents {
  /**
   * A message from a terminal, its topic already found to be its own. It is acknowledged only when this resolves
   * (store before PUBACK); a rejection refuses it.
   */
  message(device: string, message: Message): Promise<void>
  connected(peer: Peer): void
  disconnected(peer: Peer): void
  /** Two programs hold one identity at the same time: the second came while the first was there and answered. */
  doubled(first: Peer, second: Peer): void
}

/** The transport to the terminals. Its acknowledgement is never trusted; commands and events live in the store. */
export interface Broker {
  start(): Promise<void>
  stop(): Promise<void>
  /** Resolves when handed to the terminal's connection, or at once when it has none and nothing is retained. */
  publish(message: Message): Promise<void>
  /** Ends the connections of this terminal at once. */
  disconnect(device: string): void
  /** Ids of the terminals that are connected now. */
  connected(): ReadonlySet<string>
}
