import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { SnmpError } from './error.ts'

/** The largest datagram that is read; the few values of one row take less than a tenth of it. */
const mostBytes = 8192
/** Of one that sends without being asked no more than these are read. */
const mostDatagrams = 1024

/** A socket that reaches one peer and hears nobody else, as net-snmp wants to have sockets. */
export interface PeerSocket {
  readonly dgramModule: { readonly createSocket: () => object }
  close(): void
}

/**
 * Connects a UDP socket: the kernel drops what comes from elsewhere, and tells at once where nobody listens. `fail` hears
 * of that, also later, and of an answer that breaks the library. Whatever address net-snmp names, datagrams go to the
 * peer. Rejects with `SnmpError`.
 */
export const connectSocket = async (
  host: string,
  port: number,
  fail: (error: SnmpError) => void,
): Promise<PeerSocket> => {
  const unreachable = (error: unknown) => new SnmpError('unreachable', 'Nothing answers SNMP there', error)
  const { address, family } = await lookup(host).catch((error: unknown) => {
    throw unreachable(error)
  })
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  const connected = Promise.withResolvers<void>()
  socket.on('error', (error) => {
    connected.reject(unreachable(error))
    fail(unreachable(error))
  })
  socket.once('connect', connected.resolve)
  socket.connect(port, address)
  try {
    await connected.promise
  } catch (error) {
    socket.close()
    throw error
  }
  return { dgramModule: { createSocket: () => guarded(socket, fail) }, close: () => socket.close() }
}

type Sent = (error: Error | null, bytes: number) => void

const guarded = (socket: Socket, fail: (error: SnmpError) => void): object => {
  let datagrams = 0
  const hear = (listener: (bytes: Buffer, from: RemoteInfo) => void) => (bytes: Buffer, from: RemoteInfo) => {
    datagrams += 1
    if (bytes.length > mostBytes || datagrams > mostDatagrams) return
    try {
      listener(bytes, from)
    } catch (error) {
      // net-snmp forgets what was asked when it throws on an answer to it.
      fail(new SnmpError('malformed', 'An answer by SNMP that cannot be read', error))
    }
  }
  return {
    on: (event: string, listener: (...all: never[]) => void) => {
      if (event === 'message')
        socket.on('message', hear(listener as (bytes: Buffer, from: RemoteInfo) => void))
      if (event === 'close') socket.on('close', listener)
    },
    send: (bytes: Buffer, offset: number, length: number, _port: number, _host: string, sent: Sent) =>
      socket.send(bytes, offset, length, sent),
    ref: () => socket.ref(),
    unref: () => socket.unref(),
  }
}
