import { isIP } from 'node:net'
import type { Channel } from '../../api/incident-schemas.ts'
import { addressOf, ChannelError } from './address.ts'
import type { Send } from './message.ts'
import { wordsOf } from './words.ts'

export type MailChannel = Extract<Channel, { readonly kind: 'email' }>

/** How long each part of a delivery may take, in milliseconds. */
const patience = { connection: 10_000, greeting: 10_000, silence: 20_000, whole: 60_000 }

const reasons: Readonly<Record<string, string>> = {
  EAUTH: 'The mail server does not accept the user or the password',
  ETLS: 'The mail server offers no proper TLS',
  EENVELOPE: 'The mail server does not accept the sender or a recipient',
  ECONNECTION: 'The mail server cannot be reached, or its certificate is not trusted',
  ESOCKET: 'The mail server cannot be reached, or its certificate is not trusted',
  EDNS: 'The name of the mail server is not known',
  ETIMEDOUT: 'The mail server does not answer in time',
  EMESSAGE: 'The mail server does not accept the message',
}

/** What went wrong, without what the server said: it may repeat a user or an address. */
const errorOf = (thrown: unknown): ChannelError => {
  if (thrown instanceof ChannelError) return thrown
  const { code, responseCode } = thrown as { readonly code?: unknown; readonly responseCode?: unknown }
  const reason = reasons[String(code)] ?? 'The mail could not be sent'
  return new ChannelError(typeof responseCode === 'number' ? `${reason} (${responseCode})` : reason)
}

const before = <T>(work: Promise<T>, milliseconds: number): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new ChannelError('The mail server does not answer in time')),
    milliseconds,
  )
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

/**
 * Sends plain text by SMTP (RFC 5321, with STARTTLS of RFC 3207 or TLS from the start). `ca` is trusted in place of the
 * machine's own authorities. The Message-ID is the same at every try.
 */
export const createMail =
  (channel: MailChannel, password: string | undefined, ca?: string): Send =>
  async (message) => {
    const { host, port, secure, user, from, to, language } = channel
    const words = wordsOf(message, language)
    // Most fleets start without sending a mail: it is loaded with the first one.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({
      host: await addressOf(host),
      port,
      name: 'avyl.invalid',
      secure: secure === 'tls',
      requireTLS: secure === 'starttls',
      ignoreTLS: secure === 'none',
      // An IP address is no server name (RFC 6066 3); the certificate is compared with it all the same.
      tls: {
        ...(isIP(host) === 0 ? { servername: host } : {}),
        minVersion: 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
      },
      ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
      connectionTimeout: patience.connection,
      greetingTimeout: patience.greeting,
      socketTimeout: patience.silence,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
    })
    const sent = transport.sendMail({
      from: { name: 'Avyl', address: from },
      to: to.map((address) => ({ name: '', address })),
      subject: words.subject,
      text: words.text,
      messageId: `<${message.id}@avyl.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    try {
      await before(sent, patience.whole)
    } catch (thrown) {
      throw errorOf(thrown)
    } finally {
      transport.close()
    }
  }
