import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A village's line: so many bits a second each way, cut whenever so many bytes have crossed. */
export interface SlowLine {
  readonly port: number
  /** Bytes that crossed so far, both ways, with those of TLS. */
  readonly bytes: number
  /** How often it was cut. */
  readonly cuts: number
  stop(): Promise<void>
}

/** As much as goes in one packet. */
const packet = 1460

/** A line to this port; `cutAt` names the counts of bytes at which every connection is cut. */
export const openSlowLine = async (
  target: number,
  kbits: number,
  cutAt: readonly number[],
): Promise<SlowLine> => {
  const sockets = new Set<Socket>()
  const due = [...cutAt]
  let bytes = 0
  const free = { up: 0, down: 0 }
  const cross = async (from: Socket, to: Socket, way: keyof typeof free) => {
    for await (const piece of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < piece.length; at += packet) {
        const part = piece.subarray(at, at + packet)
        // Connections share the line: each packet waits until those before it are through.
        const start = Math.max(performance.now(), free[way])
        free[way] = start + (part.length * 8) / kbits
        await sleep(free[way] - performance.now())
        bytes += part.length
        if (bytes >= (due[0] ?? Number.POSITIVE_INFINITY)) {
          due.shift()
          for (const socket of sockets) socket.destroy()
          return
        }
        if (!to.write(part)) await once(to, 'drain')
      }
    }
    to.end()
  }
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to, way] of [
      [near, far, 'up'],
      [far, near, 'down'],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      cross(from, to, way).catch(() => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes
    },
    get cuts() {
      return cutAt.length - due.length
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
