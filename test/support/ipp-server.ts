import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  decodeMessage,
  encodeMessage,
  type IppAttributes,
  type IppMessage,
  type IppValue,
  operations,
  usualLimits,
} from '../../agent/devices/ipp/ipp.ts'

/** An HTTP server that a test answers for, as a printer would or would not. */
export interface IppServer {
  readonly uri: string
  stop(): Promise<void>
}

/** What has come: the message, and the bytes after it. */
export interface IppRequest {
  readonly message: IppMessage
  readonly document: Buffer
  /** What it came on. */
  readonly connection: object
}

export type Operation = keyof typeof operations

/** The operation that a request asks for. */
export const operationOf = (message: IppMessage): Operation | undefined =>
  (Object.keys(operations) as Operation[]).find((name) => operations[name] === message.code)

/** Serves raw HTTP on a port of a loopback address, a free one unless told. */
export const serveHttp = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
  host = '127.0.0.1',
): Promise<IppServer> => {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer).listen(port, host)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await once(server, 'listening')
  return {
    uri: `ipp://${host}:${(server.address() as AddressInfo).port}/ipp/print`,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Serves IPP; `undefined` as an answer hangs up. */
export const serveIpp = (
  answer: (request: IppRequest) => Pick<IppMessage, 'code' | 'groups'> | undefined,
  host?: string,
): Promise<IppServer> =>
  serveHttp(
    async (request, response) => {
      const parts: Buffer[] = []
      try {
        for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
      } catch {
        return
      }
      const bytes = Buffer.concat(parts)
      const { message, documentOffset } = decodeMessage(bytes, { ...usualLimits, bytes: 64 * 1024 * 1024 })
      const document = bytes.subarray(documentOffset)
      const reply = answer({ message, document, connection: request.socket })
      if (reply === undefined) {
        response.destroy()
        return
      }
      response.setHeader('content-type', 'application/ipp')
      response.end(encodeMessage({ version: [2, 0], requestId: message.requestId, ...reply }))
    },
    0,
    host,
  )

/** A group of attributes from short words: strings are keywords, whole numbers integers. */
export const attributes = (
  of: Record<string, string | number | readonly string[] | IppValue>,
): IppAttributes =>
  new Map(
    Object.entries(of).map(([name, value]): [string, IppValue[]] => {
      if (typeof value === 'number') return [name, [{ tag: 'integer', value }]]
      if (typeof value === 'string') return [name, [{ tag: 'keyword', value }]]
      if (Array.isArray(value)) return [name, value.map((text: string) => ({ tag: 'keyword', value: text }))]
      return [name, [value as IppValue]]
    }),
  )
