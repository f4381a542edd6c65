import { openSecret, sealSecret } from '../../../vault/sealed-secret.ts'
import type { Channel } from '../../api/incident-schemas.ts'
import type { Clock } from '../../clock.ts'
import { isLoopback } from '../../host.ts'
import { ProblemError } from '../../problem.ts'
import type { Database } from '../../store/database.ts'
import { Turns } from '../../turns.ts'
import { ChannelError, refuseForbidden } from './address.ts'

/** A channel without its secret. */
export type PlainChannel =
  | Omit<Extract<Channel, { kind: 'email' }>, 'password'>
  | Omit<Extract<Channel, { kind: 'webhook' }>, 'secret'>
  | Extract<Channel, { kind: 'browser' }>

export interface KeptChannel {
  readonly channel: PlainChannel
  /** Sealed, in base64url. */
  readonly sealed: string | undefined
}

export interface ChannelsParts {
  readonly database: Database
  readonly clock: Pick<Clock, 'now'>
  /** The fleet's key, which seals the secrets. */
  readonly key: Uint8Array
}

/** The channel that is always there: pages that are open. */
export const browserChannel = { name: 'browser', kind: 'browser' } as const

const maxChannels = 50
const mailAddress = /^[^\s@<>()[\],;:\\"\p{Cc}]{1,64}@[^\s@<>()[\],;:\\"\p{Cc}]{1,190}$/u
const hostName = /^[a-zA-Z0-9.:-]{1,255}$/

const refuse = (text: string): never => {
  throw new ProblemError('invalid', text)
}

const refuseHost = (host: string): void => {
  try {
    refuseForbidden(host)
  } catch (error) {
    if (error instanceof ChannelError) refuse(error.message)
    throw error
  }
}

const checkMail = ({ from, to, host, secure, user, password }: Extract<Channel, { kind: 'email' }>): void => {
  for (const address of [from, ...to]) if (!mailAddress.test(address)) refuse('An address is no mail address')
  if (!hostName.test(host)) refuse('The host is no name')
  refuseHost(host)
  if (password !== undefined && user === undefined) refuse('A password needs a user')
  if (user !== undefined && secure === 'none' && !isLoopback(host)) {
    refuse('A user and a password go over TLS only')
  }
}

const checkWebhook = ({ url }: Extract<Channel, { kind: 'webhook' }>): void => {
  if (!URL.canParse(url)) refuse('The URL is none')
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') refuse('The URL is neither http nor https')
  if (username || password) refuse('A URL holds no user and no password; the secret signs')
  refuseHost(hostname)
}

const split = (channel: Channel): { plain: PlainChannel; secret: string | undefined } => {
  if (channel.kind === 'email') {
    const { password: secret, ...plain } = channel
    return { plain, secret }
  }
  if (channel.kind === 'webhook') {
    const { secret, ...plain } = channel
    return { plain, secret }
  }
  return { plain: channel, secret: undefined }
}

/** Whether a secret that was given for the one may be shown to the other. */
const sameEnd = (one: PlainChannel, other: PlainChannel): boolean => {
  if (one.kind === 'email' && other.kind === 'email') {
    const hardened = other.secure !== 'none' || one.secure === 'none'
    return one.host === other.host && one.port === other.port && one.user === other.user && hardened
  }
  return one.kind === 'webhook' && other.kind === 'webhook'
}

const contextOf = (name: string): string => `alert channel ${name}`

/** Where alerts go. INVARIANT: a secret comes in, is sealed, and is given to the one end that it was given for. */
export class Channels {
  readonly #parts: ChannelsParts
  readonly #turns = new Turns()
  #kept = new Map<string, KeptChannel>()

  constructor(parts: ChannelsParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    this.#kept = new Map([[browserChannel.name, { channel: browserChannel, sealed: undefined }]])
    const rows = await this.#parts.database.selectFrom('alert_channels').selectAll().orderBy('name').execute()
    for (const { name, content, secret } of rows) {
      this.#kept.set(name, { channel: JSON.parse(content) as PlainChannel, sealed: secret ?? undefined })
    }
  }

  list(): KeptChannel[] {
    return [...this.#kept.values()].sort((one, other) => (one.channel.name < other.channel.name ? -1 : 1))
  }

  get(name: string): KeptChannel | undefined {
    return this.#kept.get(name)
  }

  /** The secret of a channel, for its driver alone. */
  secretOf({ channel, sealed }: KeptChannel): string | undefined {
    if (sealed === undefined) return undefined
    return openSecret(this.#parts.key, contextOf(channel.name), Buffer.from(sealed, 'base64url')).toString()
  }

  /** Sets up a channel, new or known. Without a secret that of before stays, for the same end. Throws `invalid`. */
  put(channel: Channel, actor: string): Promise<KeptChannel> {
    return this.#turns.take('channels', async () => {
      if (channel.kind === 'email') checkMail(channel)
      if (channel.kind === 'webhook') checkWebhook(channel)
      const { name } = channel
      if (name === browserChannel.name && channel.kind !== 'browser') {
        refuse('The channel of this name is that of the browsers')
      }
      const { plain, secret } = split(channel)
      const before = this.#kept.get(name)
      if (!before && this.#kept.size >= maxChannels) {
        throw new ProblemError('conflict', 'There are too many channels')
      }
      const { key, clock, database } = this.#parts
      const old = before && sameEnd(before.channel, plain) ? before.sealed : undefined
      const sealed =
        secret === undefined
          ? old
          : sealSecret(key, contextOf(name), Buffer.from(secret)).toString('base64url')
      const changes = {
        ...{ content: JSON.stringify(plain), secret: sealed ?? null },
        ...{ actor, changed_at: clock.now() },
      }
      await database
        .insertInto('alert_channels')
        .values({ name, ...changes })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(changes))
        .execute()
      const kept = { channel: plain, sealed }
      this.#kept.set(name, kept)
      return kept
    })
  }

  /** Takes a channel away. Throws `not-found`, `invalid` for the one of the browsers. */
  remove(name: string): Promise<void> {
    return this.#turns.take('channels', async () => {
      if (name === browserChannel.name) refuse('The channel of the browsers stays')
      if (!this.#kept.has(name)) throw new ProblemError('not-found', 'There is no such channel')
      await this.#parts.database.deleteFrom('alert_channels').where('name', '=', name).execute()
      this.#kept.delete(name)
    })
  }
}
