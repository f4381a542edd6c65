import { createHmac } from 'node:crypto'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Channel } from '../../api/incident-schemas.ts'
import type { Clock } from '../../clock.ts'
import { ChannelError, carefulLookup, refuseForbidden } from './address.ts'
import type { Message, Send } from './message.ts'

export type WebhookChannel = Extract<Channel, { readonly kind: 'webhook' }>

const patienceMs = 10_000
/** A digest of incidents of whole districts is cut to its last ones before it grows beyond this. */
const maxBytes = 256 * 1024

const textOf = ({ id, notices, test }: Message, now: number): string => {
  const head = { v: 1, id, sentAt: now, ...(test ? { test } : {}) }
  for (let first = 0; ; first = Math.ceil((first + notices.length) / 2)) {
    const shown = notices.slice(first).map(({ kind, incident, at }) => ({ kind, at, incident }))
    const text = JSON.stringify({ ...head, notices: shown, ...(first > 0 ? { leftOut: first } : {}) })
    if (Buffer.byteLength(text) <= maxBytes || shown.length === 0) return text
  }
}

/** `X-Avyl-Signature`: HMAC-SHA-256 (RFC 2104) of the body's bytes, in hex. */
const signatureOf = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** Resolves with the status of the answer; its body is not read. */
const post = (url: URL, body: string, headers: Readonly<Record<string, string>>, patience: number) =>
  new Promise<number>((resolve, reject) => {
    const make = url.protocol === 'https:' ? secureRequest : plainRequest
    const request = make(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup: carefulLookup,
      agent: false,
      signal: AbortSignal.timeout(patience),
    })
    request.once('response', (answer) => {
      resolve(answer.statusCode ?? 0)
      answer.on('error', () => {})
      answer.destroy()
    })
    request.once('error', reject)
    request.end(body)
  })

/**
 * Posts JSON. No redirect is followed. `Idempotency-Key` is the message's id and the same at every try; the body says
 * when it was sent, and the signature covers it.
 */
export const createWebhook =
  (
    channel: WebhookChannel,
    secret: string | undefined,
    clock: Pick<Clock, 'now'>,
    patience = patienceMs,
  ): Send =>
  async (message) => {
    const url = new URL(channel.url)
    refuseForbidden(url.hostname)
    const body = textOf(message, clock.now())
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Avyl',
      'idempotency-key': message.id,
      ...(secret === undefined ? {} : { 'x-avyl-signature': signatureOf(secret, body) }),
    }
    const status = await post(url, body, headers, patience).catch((thrown: unknown) => {
      if (thrown instanceof ChannelError) throw thrown
      const isLate = thrown instanceof Error && ['AbortError', 'TimeoutError'].includes(thrown.name)
      throw new ChannelError(
        isLate ? 'The receiver does not answer in time' : 'The receiver cannot be reached',
      )
    })
    if (status >= 300 && status < 400) {
      throw new ChannelError(`The receiver sends elsewhere (${status}), which is not followed`)
    }
    if (status < 200 || status >= 300) throw new ChannelError(`The receiver answered ${status}`)
  }
