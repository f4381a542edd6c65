import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { pause } from '../pause.ts'

/** A port that shall pass on the way to the fleet. Over UDP a STUN server (RFC 8489) is expected behind it. */
export interface PortToTry {
  readonly host: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
}

const patienceMs = 4000

/** Whether it passes; a firewall that swallows what it forbids is known by silence. */
export const passes = ({ host, port, protocol }: PortToTry, signal: AbortSignal): Promise<boolean> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  return protocol === 'tcp' ? connects(host, port, limit) : answersStun(host, port, limit)
}

const connects = (host: string, port: number, limit: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal: limit })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const bindingRequest = 0x0001
const magicCookie = 0x2112a442

/**
 * Asks as RFC 8489 says. The name is resolved once: a datagram to a name resolves it each time anew, and tells of it also
 * when the socket is closed.
 */
const answersStun = async (host: string, port: number, limit: AbortSignal): Promise<boolean> => {
  const address = await addressOf(host, limit)
  return address !== undefined && hearsStun(address, port, limit)
}

/** The IPv4 address of a name; `undefined` when nobody knows it in time. */
const addressOf = async (host: string, limit: AbortSignal): Promise<string | undefined> => {
  let address: string | undefined
  const resolved = lookup(host, { family: 4 }).then(
    (found) => {
      address = found.address
    },
    () => undefined,
  )
  await pause(resolved, patienceMs, limit)
  return limit.aborted ? undefined : address
}

/** RFC 8489 5: type, length, cookie, and a transaction id that the answer repeats. */
const hearsStun = (address: string, port: number, limit: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const question = Buffer.alloc(20)
    question.writeUInt16BE(bindingRequest, 0)
    question.writeUInt32BE(magicCookie, 4)
    randomBytes(12).copy(question, 8)
    const socket = createSocket('udp4')
    let ended = false
    const end = (open: boolean) => {
      // What was sent before may still fail: a socket that is closed throws when it is closed again.
      if (ended) return
      ended = true
      clearInterval(again)
      limit.removeEventListener('abort', giveUp)
      socket.close()
      resolve(open)
    }
    const giveUp = () => end(false)
    const ask = () => socket.send(question, port, address, (error) => error && end(false))
    // RFC 8489 6.2.1: the first retransmission after half a second; a datagram may be lost.
    const again = setInterval(ask, 500)
    limit.addEventListener('abort', giveUp, { once: true })
    socket.once('error', giveUp)
    socket.on('message', (answer) => {
      if (answer.length >= 20 && answer.subarray(4, 20).equals(question.subarray(4, 20))) end(true)
    })
    ask()
  })
